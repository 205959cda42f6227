import { type JSX, lazy } from 'solid-js';
import type { Lab } from './lab.ts';
import { RebootPage } from './RebootPage.tsx';

const ReservationPage = lazy(async () => {
  const { ReservationPage: page } = await import('./ReservationPage.tsx');
  return { default: page };
});

const StrategiesPage = lazy(async () => {
  const { StrategiesPage: page } = await import('./StrategiesPage.tsx');
  return { default: page };
});

const EvidencePage = lazy(async () => {
  const { EvidencePage: page } = await import('./EvidencePage.tsx');
  return { default: page };
});

const TablesPage = lazy(async () => {
  const { TablesPage: page } = await import('./TablesPage.tsx');
  return { default: page };
});

const MapPage = lazy(async () => {
  const { MapPage: page } = await import('./MapPage.tsx');
  return { default: page };
});

const LivePage = lazy(async () => {
  const { LivePage: page } = await import('./LivePage.tsx');
  return { default: page };
});

const PlayerPage = lazy(async () => {
  const { PlayerPage: page } = await import('./PlayerPage.tsx');
  return { default: page };
});

const FleetPage = lazy(async () => {
  const { FleetPage: page } = await import('./FleetPage.tsx');
  return { default: page };
});

/** A page of the lab, and where it is. */
export interface Route {
  /** What follows `#` in the address. */
  readonly path: string;
  readonly title: string;
  /** What the page is about, in a sentence below the head line. */
  readonly lead: () => JSX.Element;
  readonly page: (props: { readonly lab: Lab }) => JSX.Element;
}

/** All pages, in the order of the navigation. A new one is one more row here. */
export const routes: readonly [Route, ...Route[]] = [
  {
    path: '/',
    title: 'Reboot',
    lead: () => (
      <>
        An arm64 server restarts into its next kernel (13&nbsp;MiB, with 24&nbsp;MiB of initramfs) in several ways, each
        planned, proved page by page and executed word by word in your browser.
      </>
    ),
    page: RebootPage,
  },
  {
    path: '/memory',
    title: 'Memory',
    lead: () => 'All memory of this machine, down to single pages, and what a plan does with it.',
    page: MapPage,
  },
  {
    path: '/strategies',
    title: 'Strategies',
    lead: () =>
      'What sets them apart: how the next kernel comes to the pages that it must run from, and how long that takes.',
    page: StrategiesPage,
  },
  {
    path: '/reservation',
    title: 'Reservation',
    lead: () =>
      'What a kernel command line reserves for the next kernel on this machine, where it lands, and what is wrong.',
    page: ReservationPage,
  },
  {
    path: '/player',
    title: 'Player',
    lead: () =>
      'The routine between two kernels, instruction by instruction, on a machine that forgives nothing; and what happens where something is left out.',
    page: PlayerPage,
  },
  {
    path: '/tables',
    title: 'Tables',
    lead: () =>
      'Page tables from all sides: of a reboot that is planned here, or of mappings that you write; walked, compared, and edited in use.',
    page: TablesPage,
  },
  {
    path: '/live',
    title: 'Live',
    lead: () =>
      'What lies on the desk boots on QEMU, on the host that serves this page; its console and its phases as they happen.',
    page: LivePage,
  },
  {
    path: '/evidence',
    title: 'Evidence',
    lead: () => 'What the log of a real reboot tells: how long each phase took, and where each boot stopped.',
    page: EvidencePage,
  },
  {
    path: '/fleet',
    title: 'Fleet',
    lead: () => 'A rollout over many hosts: how far its waves are, how each host stands, how long they were away.',
    page: FleetPage,
  },
];
