import type { QemuValues } from '../machines/qemu.ts';
import type { ByFilesValues } from '../options/by-files.ts';
import type { FileValues } from '../options/files.ts';
import type { ForceValues } from '../options/force.ts';
import type { OldKernelValues } from '../options/old-kernel.ts';
import type { RehearseValues } from '../options/rehearse.ts';
import type { RequestValues } from '../options/request.ts';

/** What a reboot from an old kernel can be told. */
export interface FromValues
  extends OldKernelValues,
    FileValues,
    RequestValues,
    ByFilesValues,
    RehearseValues,
    ForceValues,
    QemuValues {}
