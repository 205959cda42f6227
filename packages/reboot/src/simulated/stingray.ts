/**
 * /proc/iomem of a Broadcom Stingray (BCM958742K) with 48 GiB in far banks, under Linux 5.1 with `crashkernel=512M`:
 * the machine that the series was measured on.
 */
export const stingrayIomem: string = `10000000-2fffffff : pcie@60400000
  10000000-100fffff : PCI Bus 0008:01
    10000000-1000ffff : 0008:01:00.0
      10000000-1000ffff : bnxt_en
    10010000-1001ffff : 0008:01:00.1
      10010000-1001ffff : bnxt_en
  10100000-103fffff : PCI Bus 0008:01
    10100000-101fffff : 0008:01:00.0
      10100000-101fffff : bnxt_en
    10200000-102fffff : 0008:01:00.1
      10200000-102fffff : bnxt_en
    10300000-10300fff : 0008:01:00.0
      10300000-10300fff : bnxt_en
    10301000-10301fff : 0008:01:00.1
      10301000-10301fff : bnxt_en
40000000-400001ff : 40000000.phy
61000000-618fffff : 61000000.ccn
64000000-6407ffff : 64000000.mmu
6641c400-6641c467 : 6641c400.otp
66424024-6642402b : 66424024.mailbox
66424800-6642484b : 66424800.gpio
67d00000-67d00fff : 67d00000.ahci
67d02100-67d030ff : 67d02100.sata_phy
67d10000-67d10fff : 67d10000.ahci
67d12100-67d130ff : 67d12100.sata_phy
67d20000-67d20fff : 67d20000.ahci
67d22100-67d230ff : 67d22100.sata_phy
67d30000-67d30fff : 67d30000.ahci
67d32100-67d330ff : 67d32100.sata_phy
67e00000-67e00fff : 67e00000.ahci
67e02100-67e030ff : 67e02100.sata_phy
67e10000-67e10fff : 67e10000.ahci
67e12100-67e130ff : 67e12100.sata_phy
67e20000-67e20fff : 67e20000.ahci
67e22100-67e230ff : 67e22100.sata_phy
67e30000-67e30fff : 67e30000.ahci
67e32100-67e330ff : 67e32100.sata_phy
68500000-685000ff : 68500000.usb-phy
68501000-68501fff : 68501000.usb
68502000-68502fff : 68502000.usb
68510000-685100ff : 68510000.usb-phy
68511000-68511fff : 68511000.usb
68520000-685200ff : 68520000.usb-phy
68521000-68521fff : 68521000.usb
68910000-68910fff : 68910000.pwm
68920000-6892024f : 68920000.mdio-mux
68940000-68940fff : timer@40000
689b0000-689b00ff : 689b0000.i2c
689c0000-689c0fff : watchdog@c0000
  689c0000-689c0fff : 689c0000.watchdog
689d0000-689d0863 : 689d0000.gpio
689e0000-689e00ff : 689e0000.i2c
68a10000-68a1001f : serial
68a20000-68a2001f : serial
68a30000-68a3001f : serial
68a40000-68a4024f : pinctrl-single
68a4029c-68a404eb : pinctrl-single
68a80000-68a80fff : spi@180000
  68a80000-68a80fff : ssp-pl022
68a90000-68a90fff : spi@190000
  68a90000-68a90fff : ssp-pl022
68b20000-68b20027 : 68b20000.hwrng
68c10000-68c10fff : dma@310000
  68c10000-68c10fff : 68c10000.dma
68c40000-68c40fff : 68c40000.ethernet
68c60000-68c605ff : 68c60000.nand
68c60f00-68c60f1f : 68c60000.nand
68cf1000-68cf10ff : 68cf1000.sdhci
68cf2000-68cf20ff : 68cf2000.sdhci
68e0a408-68e0aa07 : 68c60000.nand
80000000-8569ffff : System RAM
  80280000-80f3ffff : Kernel code
  80f40000-8102ffff : reserved
  81030000-81149fff : Kernel data
856a0000-8573ffff : reserved
85740000-85839fff : System RAM
8583a000-858cffff : reserved
858d0000-858fffff : System RAM
85900000-8597ffff : reserved
85980000-85a0ffff : System RAM
  85980000-85a0ffff : reserved
85a10000-85d7ffff : reserved
85d80000-85d9ffff : System RAM
  85d80000-85d9ffff : reserved
85da0000-85f7ffff : reserved
85f80000-8af4ffff : System RAM
  85f80000-85f80fff : reserved
  85f83000-85f83fff : reserved
  893b3000-893b3fff : reserved
8af50000-8af8ffff : reserved
8af90000-8af9ffff : System RAM
8afa0000-8afeffff : reserved
8aff0000-8cffffff : System RAM
8f220000-ffffffff : System RAM
  9bc00000-dfbfffff : reserved
  dfe00000-ffdfffff : Crash kernel
400000000-46fffffff : pcie@48000000
470000000-47fffffff : pcie@48000000
  470000000-4700fffff : PCI Bus 0000:01
    470000000-470003fff : 0000:01:00.0
      470000000-470003fff : nvme
480000000-4efffffff : pcie@48004000
4f0000000-4ffffffff : pcie@48004000
  4f0000000-4f00fffff : PCI Bus 0001:01
    4f0000000-4f0003fff : 0001:01:00.0
      4f0000000-4f0003fff : nvme
700000000-76fffffff : pcie@48018000
770000000-77fffffff : pcie@48018000
  770000000-7700fffff : PCI Bus 0006:01
    770000000-77000ffff : 0006:01:00.0
    770010000-770013fff : 0006:01:00.0
      770010000-770013fff : nvme
780000000-7dfffffff : pcie@4801c000
7e0000000-7efffffff : pcie@4801c000
7f0000000-7ffffffff : pcie@4801c000
  7f0000000-7f00fffff : PCI Bus 0007:01
    7f0000000-7f000ffff : 0007:01:00.0
    7f0010000-7f0013fff : 0007:01:00.0
      7f0010000-7f0013fff : nvme
880400000-bffffffff : System RAM
9000000000-93ffffffff : System RAM
a000000000-a3ffffffff : System RAM
  a3bfc00000-a3bfc28fff : reserved
  a3c3c00000-a3c9dfffff : reserved
  a3c9fad000-a3f9dfffff : reserved
  a3f9e96000-a3f9ef5fff : reserved
  a3f9ef6000-a3f9ef6fff : reserved
  a3f9ef7000-a3f9faefff : reserved
  a3f9fb1000-a3f9fb1fff : reserved
  a3f9fb2000-a3f9fb9fff : reserved
  a3f9fba000-a3f9fdffff : reserved
  a3f9fe0000-a3ffffffff : reserved
`;
