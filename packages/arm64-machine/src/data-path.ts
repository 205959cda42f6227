import type { Access } from '@kexeckit/arm64-pgtable';
import { type AccessKind, INVALIDATE, MAINTAIN, READ, USER_READ, USER_WRITE, WRITE } from './access-kind.ts';
import type { AccessSize } from './access-size.ts';
import { OUTER } from './barrier.ts';
import type { CodeLine } from './code-line.ts';
import type { MemoryAccess } from './core.ts';
import { type Counters, zeroCounters } from './counters.ts';
import type { PlacedDevice } from './device.ts';
import type { Domain } from './domain.ts';
import type { ExceptionUnit } from './exception-unit.ts';
import { ABORT_PERMISSION } from './exceptions.ts';
import { type Frame, WATCH_CODE, WATCH_TABLE } from './frame.ts';
import { DIRTY, INVALID } from './line-state.ts';
import type { PhysicalMemory } from './memory.ts';
import type { Mmu } from './mmu.ts';
import { Port } from './port.ts';
import { addressOf } from './registers.ts';
import { FRAME_SIZE } from './sizes.ts';
import type { ExceptionLevel, SystemRegisters } from './system.ts';
import type { TableStores } from './table-stores.ts';
import type { FrameRun, Translation, TranslationFailure } from './translation.ts';

/** What data accesses of one CPU go through. */
export interface DataPathParts {
  readonly memory: PhysicalMemory;
  readonly mmu: Mmu;
  readonly system: SystemRegisters;
  readonly exceptions: ExceptionUnit;
  readonly counters: Counters;
  readonly domain: Domain;
  readonly tableStores: TableStores;
  readonly strict: boolean;
  /** What the instruction at an index of the current page accesses. */
  accessSizeAt(index: number): AccessSize;
  /** Told of a store past the cache to a frame that code was fetched from. */
  storedCode(line: CodeLine, domain: number): void;
}

/** A store to a device that the device has not been told of yet. */
interface Posted {
  readonly placed: PlacedDevice;
  readonly frame: Frame;
  readonly offset: number;
  readonly size: AccessSize;
}

/** Data accesses of one CPU: through its ports where they look, else translated, checked, and past or through the cache. */
export class DataPath implements MemoryAccess {
  readonly readPort: Port;
  readonly writePort: Port;
  frameDomain: number = OUTER;
  readonly #memory: PhysicalMemory;
  readonly #mmu: Mmu;
  readonly #system: SystemRegisters;
  readonly #exceptions: ExceptionUnit;
  readonly #counters: Counters;
  readonly #domain: Domain;
  readonly #tableStores: TableStores;
  readonly #strict: boolean;
  readonly #accessSizeAt: (index: number) => AccessSize;
  readonly #storedCode: (line: CodeLine, domain: number) => void;
  #posted: Posted | undefined;

  constructor(parts: DataPathParts) {
    const { memory, mmu, system, exceptions, counters, domain, tableStores, strict } = parts;
    this.readPort = new Port(memory.lineShift);
    this.writePort = new Port(memory.lineShift);
    this.#memory = memory;
    this.#mmu = mmu;
    this.#system = system;
    this.#exceptions = exceptions;
    this.#counters = counters;
    this.#domain = domain;
    this.#tableStores = tableStores;
    this.#strict = strict;
    this.#accessSizeAt = (index) => parts.accessSizeAt(index);
    this.#storedCode = (line, domain) => parts.storedCode(line, domain);
  }

  viewForRead(low: number, high: number, index: number, alignment: number): Uint32Array {
    const port = this.readPort;
    if (low >>> 12 === port.low && high === port.high && (low & alignment) === 0) {
      if (port.lines[(low & 0xfff) >>> port.lineShift] !== INVALID) return this.#through(port);
      if (port.cached !== undefined) return port.cached.forRead(low & 0xfff, this.#counters);
    }
    return this.#readSlowly(low, high, index, alignment);
  }

  viewForWrite(low: number, high: number, index: number, alignment: number): Uint32Array {
    const port = this.writePort;
    if (low >>> 12 === port.low && high === port.high && (low & alignment) === 0) {
      if (port.lines[(low & 0xfff) >>> port.lineShift] === DIRTY) return this.#through(port);
      if (port.cached !== undefined) return port.cached.forWrite(low & 0xfff, this.#counters);
    }
    return this.#writeSlowly(low, high, index, alignment);
  }

  frameAt(low: number, high: number, index: number, writes = false): Frame {
    const held = this.writePort.frameAt(low, high);
    if (held !== undefined) {
      this.frameDomain = this.writePort.domain;
      return held;
    }
    const { frame, domain = OUTER } = this.translate(low, high, index, writes ? INVALIDATE : MAINTAIN);
    this.frameDomain = domain;
    return frame;
  }

  translate(low: number, high: number, index: number, access: AccessKind = READ): Translation {
    const found = this.#lookUp(low, high, index, access);
    if ((access.needsWrite && !found.writable) || (access.asUser && found.user === false))
      return this.#refuse(low, high, index, found.level ?? 3, access);
    return found;
  }

  /** Where an address leads, whether the access is permitted or not; or takes the fault of the translation. */
  #lookUp(low: number, high: number, index: number, access: AccessKind): Translation {
    this.settleDevice();
    const found = this.#mmu.translate((high >>> 0) * 0x100000 + (low >>> 12));
    return 'frame' in found ? found : this.#untranslated(found, low, high, index, access);
  }

  #untranslated(found: TranslationFailure, low: number, high: number, index: number, access: AccessKind): never {
    if (access.needsWrite && found.readOnlyAt !== undefined)
      return this.#refuse(low, high, index, found.readOnlyAt, access);
    const address = found.address ?? addressOf(low, high);
    const { tellsWrite: write, maintenance } = access;
    const told = { write, maintenance, fetch: false, status: found.status };
    return this.#exceptions.abort(found.fault, address, index, found.detail, told);
  }

  /** An access of so many bytes that EL0 must be allowed to make. */
  checkUser(low: number, high: number, index: number, bytes: number, write: boolean): void {
    if (!this.#system.effective.hasUser) return;
    if ((low & (bytes - 1)) !== 0) this.#checkAlignment(low, high, index, write);
    const access = write ? USER_WRITE : USER_READ;
    this.translate(low, high, index, access);
    const last = (low + bytes - 1) | 0;
    if (((low ^ last) & ~0xfff) !== 0)
      this.translate(last & ~0xfff, last >>> 0 < low >>> 0 ? (high + 1) | 0 : high, index, access);
  }

  addressTranslate(level: ExceptionLevel, address: bigint, access: Access): bigint {
    return this.#mmu.addressTranslate(this.#system.stateAt(level), address, access);
  }

  forgetTranslations(): void {
    this.readPort.close();
    this.writePort.close();
  }

  /** Tells a device of the store that was posted to it. */
  settleDevice(): void {
    const posted = this.#posted;
    if (posted === undefined) return;
    this.#posted = undefined;
    const { placed, frame, offset, size } = posted;
    const first = offset & ~3;
    for (let at = first; at < offset + size.total; at += 4)
      placed.device.write(at - placed.start, frame.memory[at >>> 2] ?? 0, size.bytes);
  }

  /** Forgets a posted store, which belongs to a state that is no more. */
  dropPosted(): void {
    this.#posted = undefined;
  }

  /**
   * A line of the `at`-th page of a run is loaded into the cache, or fetched, without an instruction asking for it.
   *
   * @throws MachineFault if it is a device's, or nobody's.
   */
  speculate({ vpn, pfn: first, fetchedOnly = false }: FrameRun, at: number, line: number): void {
    const pfn = first + at;
    const device = this.#memory.devicesIn(pfn);
    if (device === undefined && this.#memory.isRam(pfn)) {
      const frame = fetchedOnly ? undefined : this.#memory.frame(pfn);
      if (frame === undefined) return;
      this.#memory.use(frame);
      frame.prefetch(line, zeroCounters());
      return;
    }
    const address = BigInt(vpn + at) * BigInt(FRAME_SIZE) + BigInt(line * this.#memory.dataLine);
    const what = device?.name ?? `frame 0x${pfn.toString(16)}, where there is no RAM`;
    this.#exceptions.stopHere('device-speculation', address, `it went to ${what}`);
  }

  /** An access that needs nothing but its count. */
  #through({ words, uncached }: Port): Uint32Array {
    this.#counters.uncachedAccesses += uncached;
    return words;
  }

  #readSlowly(low: number, high: number, index: number, alignment: number): Uint32Array {
    if ((low & alignment) !== 0) this.#checkAlignment(low, high, index, false);
    const translation = this.#lookUp(low, high, index, READ);
    const { frame, cacheable, device, target, domain = OUTER } = translation;
    if (device && (low & alignment) !== 0) this.#refuseUnaligned(low, high, index, false);
    if (cacheable) {
      const words = frame.forRead(low & 0xfff, this.#counters);
      this.readPort.openCached(low, high, frame, domain);
      return words;
    }
    this.#counters.uncachedAccesses += 1;
    if (target) this.#readDevice(translation, low, high, index);
    else {
      if (this.#strict) this.#checkBypass(frame, low, high, index);
      this.readPort.openPast(low, high, frame, this.#strict);
    }
    return frame.memory;
  }

  #writeSlowly(low: number, high: number, index: number, alignment: number): Uint32Array {
    if ((low & alignment) !== 0) this.#checkAlignment(low, high, index, true);
    const translation = this.#lookUp(low, high, index, WRITE);
    const { frame, cacheable, device, target, domain = OUTER } = translation;
    if (!translation.writable) this.#refuse(low, high, index, translation.level ?? 3, WRITE);
    if (device && (low & alignment) !== 0) this.#refuseUnaligned(low, high, index, true);
    if (this.#strict && target === undefined) this.#noteStore(translation, low & 0xfff);
    if (frame.watched !== 0) this.#watchedWrite(translation, low & 0xfff);
    if (cacheable) {
      const words = frame.forWrite(low & 0xfff, this.#counters);
      if (frame.watched === 0) this.writePort.openCached(low, high, frame, domain);
      return words;
    }
    this.#counters.uncachedAccesses += 1;
    if (target) this.#post(translation, low, high, index);
    else {
      if (this.#strict) this.#checkBypass(frame, low, high, index);
      if (frame.watched === 0) this.writePort.openPast(low, high, frame, this.#strict);
    }
    return frame.memory;
  }

  #refuse(low: number, high: number, index: number, level: number, access: AccessKind): never {
    const { asUser, maintenance } = access;
    // What may be read and not written is told as a write.
    const write = access.tellsWrite || (access.needsWrite && !asUser);
    const told = { write, maintenance, fetch: false, status: ABORT_PERMISSION | level };
    const detail = asUser ? 'an access as EL0 to a page that is not for it' : 'a store to a read-only page';
    return this.#exceptions.abort('permission-fault', addressOf(low, high), index, detail, told);
  }

  /** An access that goes past the cache: the cache must hold nothing newer, and be done with the line. */
  #checkBypass(frame: Frame, low: number, high: number, index: number): void {
    const line = (low & 0xfff) >>> frame.lineShift;
    if (frame.isDirty(line)) {
      const kind = this.#system.effective.mmu ? 'mismatched-attributes' : 'dirty-line-bypassed';
      this.#exceptions.stop(kind, addressOf(low, high), index, 'the line is dirty in the data cache');
    }
    if (frame.isUnfinished(line)) {
      const detail = 'no DSB that waits for it came behind the DC for its line';
      this.#exceptions.stop('maintenance-without-dsb', addressOf(low, high), index, detail);
    }
    frame.allowDirect(line);
  }

  /** SCTLR.A: no access may be unaligned. Found before the address is translated. */
  #checkAlignment(low: number, high: number, index: number, write: boolean): void {
    if (!this.#system.effective.alignmentCheck) return;
    const detail = 'an unaligned access, which SCTLR.A forbids';
    this.#exceptions.fault('alignment-fault', low, high, index, detail, write);
  }

  #refuseUnaligned(low: number, high: number, index: number, write: boolean): never {
    const detail = 'an unaligned access to Device memory (with the MMU off, all memory is)';
    return this.#exceptions.fault('alignment-fault', low, high, index, detail, write);
  }

  #readDevice({ target, frame }: Translation, low: number, high: number, index: number): void {
    const { device, start } = target?.at(low & 0xfff) ?? this.#nobody(low, high, index, false);
    const { bytes, total } = this.#accessSizeAt(index);
    const end = Math.min((low & 0xfff) + total, FRAME_SIZE);
    for (let at = low & 0xffc; at < end; at += 4) frame.memory[at >>> 2] = device.read(at - start, bytes);
  }

  #post({ target, frame }: Translation, low: number, high: number, index: number): void {
    this.settleDevice();
    const placed = target?.at(low & 0xfff) ?? this.#nobody(low, high, index, true);
    this.#posted = { placed, frame, offset: low & 0xfff, size: this.#accessSizeAt(index) };
  }

  /** A frame that devices are in, where none of them is. */
  #nobody(low: number, high: number, index: number, write: boolean): never {
    const detail = 'there is no device at this physical address';
    return this.#exceptions.fault('external-abort', low, high, index, detail, write);
  }

  /** No DSB has completed the store yet, nor those that follow it through the port. */
  #noteStore({ frame, pfn, cacheable, domain = OUTER }: Translation, offset: number): void {
    if ((frame.watched & WATCH_TABLE) === 0) this.#tableStores.storingAnywhere(frame);
    // Fetches see it when it is complete; what is stored to the cache they see when it is cleaned.
    if ((frame.watched & WATCH_CODE) !== 0 && !cacheable) this.#storedCode({ pfn, offset }, domain);
  }

  /** A DSB has completed all stores: those that follow are noticed again. */
  storesComplete(): void {
    this.writePort.close();
  }

  #watchedWrite({ frame, pfn }: Translation, offset: number): void {
    if ((frame.watched & WATCH_TABLE) !== 0) {
      this.#memory.tableWrites += 1;
      if (this.#strict) this.#tableStores.storing(pfn, frame, offset);
      for (const member of this.#domain.members) member.forgetTranslations();
    }
    if ((frame.watched & WATCH_CODE) !== 0) for (const tell of this.#memory.onCodeWrite) tell(pfn, offset);
  }
}
