import { MachineError } from './error.ts';

/** A memory-mapped device: its registers lie from its address up to the next device, or to the end of the frame. */
export interface Device {
  readonly name: string;
  /** The word at a byte offset, a multiple of 4, for an access of so many bytes that begins in it or reaches it. */
  read(offset: number, bytes: number): number;
  /** The word as the access leaves it: bytes that it does not store are as they were last seen. */
  write(offset: number, word: number, bytes: number): void;
  /** Everything that a snapshot must keep, as text. */
  save(): string;
  restore(saved: string): void;
}

/** A device, and where in its frame it begins. */
export interface PlacedDevice {
  readonly start: number;
  readonly device: Device;
}

/** The devices of one 4 KiB frame: boards put several small ones into one. */
export class DeviceFrame {
  readonly #placed: PlacedDevice[] = [];

  /** Puts a device at a byte offset of the frame, a multiple of 4 at which there is none. */
  add(start: number, device: Device): void {
    if (start % 4 !== 0 || this.#placed.some((each) => each.start === start)) {
      const what = `${device.name} cannot be put at byte 0x${start.toString(16)} of a frame`;
      throw new MachineError('EINVAL', what, 'put it at a multiple of 4 where no other device begins');
    }
    this.#placed.push({ start, device });
    this.#placed.sort((a, b) => b.start - a.start);
  }

  /** The device that answers at a byte offset, if one does. */
  at(offset: number): PlacedDevice | undefined {
    return this.#placed.find(({ start }) => start <= offset);
  }

  /** Its devices, as messages name them. */
  get name(): string {
    return this.devices.map(({ name }) => name).join(' and ');
  }

  get devices(): readonly Device[] {
    return this.#placed.map(({ device }) => device);
  }
}
