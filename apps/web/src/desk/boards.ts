import { pickKeys } from '../shared/keys.ts';

/** Machines whose `/proc/iomem` was published, by the name of the file: what they are, and the map, which is loaded when it is asked for. */
const published = {
  broadcom_stingray_bcm958742k: {
    title: 'Broadcom Stingray, 48 GiB in four banks',
    load: () => import('./boards/broadcom_stingray_bcm958742k.txt?raw'),
  },
  ampere_altra_ava_32g: {
    title: 'Ampere Altra workstation, 32 GiB',
    load: () => import('./boards/ampere_altra_ava_32g.txt?raw'),
  },
  ampere_emag_256g: { title: 'Ampere eMAG server, 256 GiB', load: () => import('./boards/ampere_emag_256g.txt?raw') },
  hisilicon_kunpeng920_512g_ramonly: {
    title: 'HiSilicon Kunpeng 920, 512 GiB: its RAM alone',
    load: () => import('./boards/hisilicon_kunpeng920_512g_ramonly.txt?raw'),
  },
  nvidia_jetson_agx_orin_64g: {
    title: 'NVIDIA Jetson AGX Orin, 64 GiB',
    load: () => import('./boards/nvidia_jetson_agx_orin_64g.txt?raw'),
  },
  raspberrypi_4b_4g: { title: 'Raspberry Pi 4B, 4 GiB', load: () => import('./boards/raspberrypi_4b_4g.txt?raw') },
  rockchip_rk3588_quartzpro64_16g: {
    title: 'Rockchip RK3588 QuartzPro64, 16 GiB',
    load: () => import('./boards/rockchip_rk3588_quartzpro64_16g.txt?raw'),
  },
  huawei_mate9_kirin960_4g: {
    title: 'Huawei Mate 9, Kirin 960, 4 GiB',
    load: () => import('./boards/huawei_mate9_kirin960_4g.txt?raw'),
  },
  qualcomm_msm8939_l9100_3g_excerpt: {
    title: 'Qualcomm MSM8939, 3 GiB: an excerpt',
    load: () => import('./boards/qualcomm_msm8939_l9100_3g_excerpt.txt?raw'),
  },
  xiaomi_sweet_sm7150_8g: {
    title: 'Xiaomi sweet, SM7150, 8 GiB',
    load: () => import('./boards/xiaomi_sweet_sm7150_8g.txt?raw'),
  },
  qemu_virt_uefi_32g: {
    title: 'QEMU virt with UEFI, 32 GiB',
    load: () => import('./boards/qemu_virt_uefi_32g.txt?raw'),
  },
  xen_domu_arm64_1g: { title: 'Xen guest, 1 GiB', load: () => import('./boards/xen_domu_arm64_1g.txt?raw') },
} as const;

/** The name of a board. */
export type BoardName = keyof typeof published;

/** All of them, the first one first. */
export const boardNames: readonly BoardName[] = pickKeys(published);

/** Whether there is a board of this name. */
export const isBoard = (name: string): name is BoardName => Object.hasOwn(published, name);

/** What a board is, in words. */
export const boardTitle = (name: BoardName): string => published[name].title;

/** A board's memory map. */
export async function boardMap(name: BoardName): Promise<string> {
  const { default: text } = await published[name].load();
  return text;
}
