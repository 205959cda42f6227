import { pickKeys } from '../shared/keys.ts';

/** Machines whose `/proc/iomem` was published, in words, by the name of the file. */
export const boards = {
  broadcom_stingray_bcm958742k: 'Broadcom Stingray, 48 GiB in four banks',
  ampere_altra_ava_32g: 'Ampere Altra workstation, 32 GiB',
  ampere_emag_256g: 'Ampere eMAG server, 256 GiB',
  hisilicon_kunpeng920_512g_ramonly: 'HiSilicon Kunpeng 920, 512 GiB: its RAM alone',
  nvidia_jetson_agx_orin_64g: 'NVIDIA Jetson AGX Orin, 64 GiB',
  raspberrypi_4b_4g: 'Raspberry Pi 4B, 4 GiB',
  rockchip_rk3588_quartzpro64_16g: 'Rockchip RK3588 QuartzPro64, 16 GiB',
  huawei_mate9_kirin960_4g: 'Huawei Mate 9, Kirin 960, 4 GiB',
  qualcomm_msm8939_l9100_3g_excerpt: 'Qualcomm MSM8939, 3 GiB: an excerpt',
  xiaomi_sweet_sm7150_8g: 'Xiaomi sweet, SM7150, 8 GiB',
  qemu_virt_uefi_32g: 'QEMU virt with UEFI, 32 GiB',
  xen_domu_arm64_1g: 'Xen guest, 1 GiB',
} as const;

/** The name of a board. */
export type BoardName = keyof typeof boards;

/** All of them, the first one first. */
export const boardNames: readonly BoardName[] = pickKeys(boards);

/** Whether there is a board of this name. */
export const isBoard = (name: string): name is BoardName => Object.hasOwn(boards, name);

const maps = import.meta.glob<string>('./boards/*.txt', { query: '?raw', import: 'default' });

/** A board's memory map; each is loaded when it is asked for. */
export async function boardMap(name: BoardName): Promise<string> {
  const load = maps[`./boards/${name}.txt`];
  if (load === undefined) throw new TypeError(`no map of ${name} was built in`);
  return await load();
}
