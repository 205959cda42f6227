/** Kinds of files that are met as "the kernel" or "the initramfs", by their signatures. */
export type BootImageFormat =
  | 'Image'
  | 'Image.gz'
  | 'zboot'
  | 'vmlinux'
  | 'PE'
  | 'uImage'
  | 'fit'
  | 'android-boot'
  | 'zstd'
  | 'xz'
  | 'bzip2'
  | 'lzma'
  | 'lz4'
  | 'lzo'
  | 'x86-bzImage'
  | 'elf-other'
  | 'cpio'
  | 'dtb'
  | 'archive'
  | 'disk'
  | 'text'
  | 'unknown';

/** What a file is. */
export interface Recognised {
  format: BootImageFormat;
  /** One line for people: what it is and what follows from that. */
  detail: string;
}

/** What a kind of file begins with, or has at an offset. */
interface Signature extends Recognised {
  bytes: readonly number[] | string;
  offset?: number;
}

const KERNEL = 'kexec on arm64 needs an arm64 Image';
const PACKAGE = 'the kernel is a file in it, boot/vmlinuz-* or usr/lib/modules/*/vmlinuz';

/** Kinds of files that nothing but their signature is looked at of. */
export const SIGNATURES: readonly Signature[] = [
  { format: 'unknown', offset: 36, bytes: '\x18\x28\x6f\x01', detail: `a 32-bit ARM zImage; ${KERNEL}` },
  { format: 'unknown', offset: 56, bytes: 'RSC\x05', detail: `a RISC-V Image; ${KERNEL}` },
  { format: 'cpio', bytes: '070701', detail: 'a cpio archive (newc): an initramfs, not a kernel' },
  { format: 'cpio', bytes: '070702', detail: 'a cpio archive (crc): an initramfs, not a kernel' },
  { format: 'cpio', bytes: '070707', detail: 'a cpio archive (odc), which Linux does not read as an initramfs' },
  { format: 'cpio', bytes: [0xc7, 0x71], detail: 'a cpio archive (binary), which Linux does not read as an initramfs' },
  {
    format: 'unknown',
    bytes: 'VNDRBOOT',
    detail: 'an Android vendor_boot image: it has the vendor ramdisk and the device tree; the kernel is in boot',
  },
  {
    format: 'unknown',
    bytes: 'CHROMEOS',
    detail: 'a ChromeOS kernel partition: the kernel is a FIT image in it (futility vbutil_kernel --get-vmlinuz)',
  },
  {
    format: 'unknown',
    bytes: [0xd7, 0xb7, 0xab, 0x1e],
    detail: 'a table of device trees for Android (DTBO), not a kernel',
  },
  {
    format: 'disk',
    bytes: [0x3a, 0xff, 0x26, 0xed],
    detail: 'an Android sparse image: simg2img makes the image of the partition of it',
  },
  {
    format: 'archive',
    bytes: 'CrAU',
    detail: 'an Android update (payload.bin): the image of the partition boot is in it',
  },
  {
    format: 'archive',
    bytes: '!<arch>\ndebian-binary',
    detail: `a Debian package: ${PACKAGE} (dpkg-deb -x FILE FOLDER)`,
  },
  { format: 'archive', bytes: '!<arch>\n', detail: 'an ar archive, not a kernel' },
  {
    format: 'archive',
    bytes: [0xed, 0xab, 0xee, 0xdb],
    detail: `an RPM package: ${PACKAGE} (rpm2cpio FILE | cpio -id)`,
  },
  { format: 'archive', offset: 257, bytes: 'ustar', detail: 'a tar archive, not a kernel' },
  { format: 'archive', bytes: 'PK\x03\x04', detail: 'a zip archive, not a kernel' },
  { format: 'archive', bytes: 'LZIP', detail: 'lzip data: unpack it with lzip -d' },
  { format: 'archive', bytes: '7z\xbc\xaf\x27\x1c', detail: 'a 7z archive, not a kernel' },
  { format: 'disk', bytes: 'hsqs', detail: 'a squashfs image: a file system, not a kernel' },
  { format: 'disk', bytes: [0xe2, 0xe1, 0xf5, 0xe0], detail: 'an EROFS image: a file system, not a kernel' },
  {
    format: 'disk',
    offset: 1024,
    bytes: [0xe2, 0xe1, 0xf5, 0xe0],
    detail: 'an EROFS image: a file system, not a kernel',
  },
  { format: 'disk', bytes: [0x45, 0x3d, 0xcd, 0x28], detail: 'a cramfs image: a file system, not a kernel' },
  { format: 'disk', bytes: '-rom1fs-', detail: 'a romfs image: a file system, not a kernel' },
  { format: 'disk', bytes: 'QFI\xfb', detail: 'a qcow2 disk image, not a kernel' },
  { format: 'disk', offset: 0x8001, bytes: 'CD001', detail: 'an ISO 9660 image: the kernel is a file in it' },
  {
    format: 'disk',
    offset: 512,
    bytes: 'EFI PART',
    detail: 'an image of a whole disk (GPT): the kernel is a file in it',
  },
  { format: 'disk', offset: 0x438, bytes: [0x53, 0xef], detail: 'an ext2, ext3 or ext4 file system, not a kernel' },
  { format: 'disk', bytes: 'XFSB', detail: 'an XFS file system, not a kernel' },
  { format: 'disk', offset: 1024, bytes: [0x10, 0x20, 0xf5, 0xf2], detail: 'an F2FS file system, not a kernel' },
  { format: 'disk', offset: 0x10040, bytes: '_BHRfS_M', detail: 'a btrfs file system, not a kernel' },
  { format: 'disk', bytes: 'LUKS\xba\xbe', detail: 'an encrypted partition (LUKS), not a kernel' },
  { format: 'disk', offset: 0x36, bytes: 'FAT1', detail: 'a FAT file system: the kernel is a file in it' },
  { format: 'disk', offset: 0x52, bytes: 'FAT32', detail: 'a FAT file system: the kernel is a file in it' },
  { format: 'text', bytes: '#!', detail: 'a script, not a kernel' },
  { format: 'text', bytes: '/dts-v1/', detail: 'the source of a device tree: compile it with dtc' },
];
