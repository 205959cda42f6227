import type { RealFile } from './files.ts';

/** A drawing of what a terminal shows. */
export interface Picture {
  /** Of its file, without the ending. */
  readonly name: string;
  readonly columns: number;
}

/** What an example needs, and what it must do. */
export interface Case {
  /** Real files under other names than their own: `{ 'plan.json': 'generated plan' }`. */
  readonly files?: Readonly<Record<string, RealFile>>;
  /** Names of this host in the place of which a file stands: `/proc/iomem`. */
  readonly instead?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly shell?: 'zsh';
  /** Before the line, in the same shell. */
  readonly before?: string;
  /** Behind it, in the same shell, if it did what it should. */
  readonly after?: string;
  /** It would change this host, or tells of it: nobody runs it. */
  readonly isNobody?: true;
  /** Exit codes that it may have; 0 where nothing is said. */
  readonly codes?: readonly number[];
  /** What it tells, through a pipe: out, then err. */
  readonly says: RegExp;
  /** Files that it leaves. */
  readonly leaves?: readonly string[];
  /** Columns of the terminals on which it must tell the same. */
  readonly widths?: readonly number[];
  /** Words that narrow terminals leave out: heads of columns, where rows stand in lists, and what other words tell. */
  readonly leftOut?: RegExp;
  /** The drawing in docs/terminal that shows it, on one of these terminals. */
  readonly picture?: Picture;
  /** It takes many seconds: it runs once, for its picture. */
  readonly isCostly?: true;
  /** It boots a real kernel. */
  readonly isSlow?: true;
}

const ALL = [60, 80, 120, 200];
/** Of what tells only an error here. */
const ONE = [60];
/** Of what takes seconds. */
const TWO = [60, 120];

/** Exit codes of what tells of this very host, whatever it is. */
const ANY = [0, 1, 2];
/** It is done, or refused for want of rights. */
const NOT_DONE = [1];

/** The head of a table of strategies. */
const STRATEGY = /^strategy$/;
/** Ends of ranges: their starts and sizes tell them. */
const ENDS = /^(to|0x[0-9a-f]+)$/;

const GENERATED = { 'plan.json': 'generated plan' } as const;
const DEBIAN = { Image: 'debian kernel', 'initrd.gz': 'debian initrd' } as const;
const OF_BOOT = { '/boot/vmlinuz': 'vmlinuz', '/boot/initrd.img': 'initrd.img' };

/** Each example of the help, but those of {@link families}. */
const single: Readonly<Record<string, Case>> = {
  'kexeckit reboot': {
    says: /mmu-off +37\.0 MiB[\s\S]+crash-region +0\.0 MiB/,
    picture: { name: 'reboot', columns: 120 },
    isCostly: true,
  },
  'kexeckit reboot --strategy reserved --generations 4 --kernel Image': { says: /\n +4 / },
  'kexeckit reboot --iomem /proc/iomem --kernel Image': {
    instead: { '/proc/iomem': 'iomem.txt' },
    says: /simulated machine, 3\.9 GiB of RAM/,
    leftOut: STRATEGY,
    widths: TWO,
  },
  'kexeckit reboot --machine qemu --kernel Image --initrd initrd.gz': {
    files: DEBIAN,
    says: /qemu machine, [\s\S]*new kernel: Linux version/,
    isSlow: true,
  },
  // There is no such root: test/guest/from.test.ts boots one.
  'kexeckit reboot --machine qemu --from Image-6.1 --from-root kexeckit-root-arm64.cpio.gz --kernel Image --initrd initrd.gz':
    {
      files: { ...DEBIAN, 'Image-6.1': 'debian kernel' },
      codes: [2],
      says: /--from-root kexeckit-root-arm64\.cpio\.gz/,
      widths: ONE,
    },
  'kexeckit plan --kernel Image --initrd initrd.gz': {
    says: /the plan holds[\s\S]+kernel +512\.0 KiB +0x[0-9a-f]+ to 0x[0-9a-f]+ +copied by the routine/,
    widths: TWO,
    picture: { name: 'plan', columns: 120 },
  },
  'kexeckit plan --iomem iomem.txt --kernel Image --save-plan plan.json': {
    says: /3\.9 GiB of RAM[\s\S]+written to plan\.json/,
    leaves: ['plan.json'],
  },
  'kexeckit prove plan.json': { files: GENERATED, says: /kernel +13\.0 MiB/ },
  'kexeckit prove plan.json --kernel Image --initrd initrd.gz': { says: /kernel +512\.0 KiB/, widths: TWO },
  'kexeckit run plan.json': { files: GENERATED, says: /mmu-on +37\.0 MiB/ },
  'kexeckit run plan.json --kernel Image --initrd initrd.gz': {
    says: /mmu-on +[\d.]+ MiB +\d/,
    leftOut: STRATEGY,
    widths: TWO,
  },
  'kexeckit diff one.json two.json': {
    codes: [1],
    says: /cmdline[\s\S]+quiet/,
    widths: ALL,
    picture: { name: 'diff', columns: 80 },
  },
  'kexeckit compare --kernel Image --initrd initrd.gz': {
    says: /mmu-off[\s\S]+crash-region[\s\S]+Seconds, modelled/,
  },
  'kexeckit compare --iomem iomem.txt --kernel Image --initrd initrd.gz --profile board.json': {
    says: /mmu-off[\s\S]+crash-region[\s\S]+modelled with profile "board"/,
  },
  'kexeckit compare --from host.tar --kernel Image': {
    says: /mmu-off[\s\S]+crash-region/,
    leftOut: STRATEGY,
    widths: TWO,
    picture: { name: 'compare', columns: 120 },
  },
  'kexeckit doctor': { isNobody: true, codes: ANY, says: /strategy +offered +why/ },
  'kexeckit doctor --collect host.tar': {
    isNobody: true,
    codes: ANY,
    says: /host\.tar: [\d.]+ KiB, \d+ files/,
    leaves: ['host.tar'],
  },
  'kexeckit doctor --from host.tar': {
    says: /crash-region[\s\S]+kernel +yes/,
    widths: ALL,
    picture: { name: 'doctor', columns: 80 },
  },
  'kexeckit load --no-capture-kernel --kernel vmlinuz --initrd initrd.img --append "$(cat /proc/cmdline)"': {
    isNobody: true,
    codes: NOT_DONE,
    says: /kexeckit: failed/,
    widths: ONE,
  },
  'kexeckit load --plan plan.json --kernel vmlinuz --initrd initrd.img': {
    isNobody: true,
    codes: [2],
    says: /cannot read the plan/,
  },
  'kexeckit load --strategy mmu-on --kernel vmlinuz --initrd initrd.img': {
    isNobody: true,
    codes: NOT_DONE,
    says: /kexeckit: failed/,
  },
  'kexeckit load --strategy kernel --kernel vmlinuz --initrd initrd.img --append "$(cat /proc/cmdline)"': {
    isNobody: true,
    codes: NOT_DONE,
    says: /kexeckit: failed/,
  },
  'kexeckit exec': { isNobody: true, codes: NOT_DONE, says: /kexeckit: failed/, widths: ONE },
  'kexeckit exec --force': { isNobody: true, codes: NOT_DONE, says: /kexeckit: failed/ },
  'kexeckit exec --once r7 --boot-id "$(cat /proc/sys/kernel/random/boot_id)"': {
    isNobody: true,
    codes: NOT_DONE,
    says: /kexeckit: failed/,
  },
  'kexeckit unload': { isNobody: true, codes: NOT_DONE, says: /kexeckit: failed/, widths: ONE },
  'kexeckit status': { isNobody: true, codes: ANY, says: /for a reboot +/, widths: ONE },
  'kexeckit kexec -l /boot/vmlinuz --initrd=/boot/initrd.img --reuse-cmdline': {
    isNobody: true,
    instead: OF_BOOT,
    codes: NOT_DONE,
    says: /kexec/,
    widths: ONE,
  },
  'kexeckit kexec -e': { isNobody: true, codes: NOT_DONE, says: /kexeckit: failed/ },
  'ln -s "$(command -v kexeckit)" /usr/local/sbin/kexec': {
    instead: { '/usr/local/sbin/kexec': './kexec' },
    after: './kexec --help',
    says: /Usage: kexec \[OPTION\]/,
  },
  'kexeckit timeline console.log': {
    says: /1 -> 2 +kexec +0\.188/,
    widths: ALL,
    picture: { name: 'timeline', columns: 80 },
  },
  'kexeckit timeline --last': { isNobody: true, codes: ANY, says: /the reboot that led to this boot/ },
  'kexeckit timeline --fit': { says: /echo 'kexeckit-run megabytes=16 mmu=off / },
  'kexeckit timeline --fit *.log --name board --save-profile board.json': {
    files: { logs: 'measured logs' },
    says: /54 rows of 18 logs/,
    leaves: ['board.json'],
  },
  'kexeckit explain': { isNobody: true, codes: ANY, says: /kexeckit explain: \/proc\/cmdline/ },
  "kexeckit explain 'ro crashkernel=512MB quiet'": {
    codes: [1],
    says: /ro crashkernel=512M quiet\n/,
    widths: ALL,
    picture: { name: 'explain', columns: 80 },
  },
  'kexeckit explain crashkernel=1G --iomem iomem.txt --kernel 6.12.117': { says: /it lands as 1 GiB/, widths: TWO },
  'kexeckit explain --file - --memory 8G': {
    input: 'ro crashkernel=4G-:1G\n',
    says: /standard input[\s\S]+crashkernel=4G-:1G[\s\S]+reserves 1G/,
  },
  'kexeckit memory': { isNobody: true, codes: ANY, says: /\/proc\/iomem/ },
  'kexeckit memory iomem.txt --all': { says: /63 ranges[\s\S]+one sign is/, leftOut: ENDS, widths: ALL },
  'kexeckit memory iomem.txt --fits 512M,1G --below 4G': {
    says: /512 MiB/,
    leftOut: ENDS,
    widths: TWO,
    picture: { name: 'memory', columns: 80 },
  },
  'kexeckit estimate --kernel Image --initrd initrd.gz --iomem iomem.txt': {
    says: /crashkernel=256M kexeckernel=12M\n/,
    widths: ALL,
    picture: { name: 'estimate', columns: 120 },
  },
  'kexeckit estimate --kernel Image --initrd initrd.gz --memory 8G': { says: /crashkernel=320M kexeckernel=12M\n/ },
  'kexeckit estimate --kernel Image --initrd initrd.gz --modules auto': { says: /modules +[\d.,]+ (bytes|[KMG]iB)/ },
  'kexeckit image Image': { says: /Image: kernel for arm64[\s\S]+image_size +0x80000/, widths: ALL },
  'kexeckit image Image initrd.gz board.dtb': {
    says: /initrd\.gz +initramfs[\s\S]+board\.dtb +device tree/,
    leftOut: /^(file|release)$/,
    widths: TWO,
  },
  'kexeckit image Image --unpack raw': { says: /524,288 bytes written to raw/, leaves: ['raw'] },
  'kexeckit image linux.efi --extract initrd --output initrd.img': {
    says: /linux\.efi: kernel for arm64/,
    leaves: ['initrd.img'],
    widths: [80],
    picture: { name: 'image', columns: 80 },
  },
  'kexeckit disasm --words d50b7e20 d65f03c0': { says: /dc civac, x0\n.*ret\n/ },
  'kexeckit disasm Image --length 4K': { says: /\n +38: +644d5241/ },
  'kexeckit disasm routine.bin --base 0x40200000': {
    says: /\/\/ 0x41234568\n/,
    widths: ALL,
    picture: { name: 'disasm', columns: 80 },
  },
  'source <(kexeckit completion bash)': { after: 'complete -p kexeckit', says: /complete .*kexeckit/ },
  'source <(kexeckit completion zsh)': {
    shell: 'zsh',
    before: 'autoload -U compinit; compinit -u -D',
    after: `print -r -- "\${_comps[kexeckit]}"`,
    says: /^_kexeckit\n/,
  },
  'kexeckit completion fish > ~/.config/fish/completions/kexeckit.fish': {
    before: 'mkdir -p ~/.config/fish/completions',
    after: 'grep -c kexeckit ~/.config/fish/completions/kexeckit.fish',
    says: /^\d{2,}\n/,
  },
};

/** The examples of commands of two words. */
const families: Readonly<Record<string, Case>> = {
  'kexeckit dtb show board.dtb': { says: /^\/dts-v1\/;[\s\S]+stdout-path/ },
  'kexeckit dtb show board.dtb /chosen': { says: /^chosen \{/, widths: TWO },
  'kexeckit dtb show /sys/firmware/fdt': { instead: { '/sys/firmware/fdt': 'board.dtb' }, says: /^\/dts-v1\/;/ },
  'kexeckit dtb get board.dtb /chosen bootargs': { says: /^console=ttyAMA0\n$/, widths: TWO },
  'kexeckit dtb get board.dtb /chosen': { says: /kaslr-seed = / },
  'kexeckit dtb get board.dtb / compatible --type dts': { says: /^"example,board", "example,soc"\n/ },
  'kexeckit dtb set board.dtb /chosen bootargs \'"console=ttyAMA0"\'': {
    after: 'kexeckit dtb get board.dtb /chosen bootargs',
    says: /console=ttyAMA0\n$/,
    widths: TWO,
  },
  'kexeckit dtb set board.dtb /chosen bootargs --type s quiet': {
    after: 'kexeckit dtb get board.dtb /chosen bootargs',
    says: /quiet\n$/,
  },
  "kexeckit dtb set board.dtb /chosen linux,initrd-start '<0x48000000>' --output new.dtb": {
    after: 'kexeckit dtb get new.dtb /chosen linux,initrd-start',
    says: /0x48000000|1207959552/,
  },
  'kexeckit dtb delete board.dtb /chosen bootargs --output new.dtb': {
    after: 'kexeckit dtb diff board.dtb new.dtb',
    codes: [1],
    says: /- +bootargs/,
    widths: TWO,
  },
  'kexeckit dtb diff board.dtb new.dtb': {
    codes: [1],
    says: /\+ +bootargs = "quiet";/,
    widths: ALL,
    picture: { name: 'dtb-diff', columns: 80 },
  },
  'kexeckit dtb overlay board.dtb uart.dtbo --output new.dtb': {
    after: 'kexeckit dtb get new.dtb /fresh reg',
    says: /1\n$/,
    widths: TWO,
  },
  'kexeckit dtb check board.dtb': { says: /is whole/, widths: ALL },
  'kexeckit tables build 0x40200000:0x40200000:2M:rx 0x9000000:0x9000000:64K:rw,device --base 0x48000000 --output tables.bin':
    { says: /16,384 bytes to tables\.bin/, leaves: ['tables.bin'], widths: TWO },
  'kexeckit tables build --identity --iomem iomem.txt': { says: /mapped +3\.9 GiB/ },
  'kexeckit tables walk tables.bin 0x40200000 --base 0x48000000 --va-bits 31': {
    says: /0x40200000 -> 0x40200000, Normal r-x/,
    widths: ALL,
    picture: { name: 'tables-walk', columns: 80 },
  },
  'kexeckit tables list tables.bin --base 0x48000000 --va-bits 31': {
    says: /Device-nGnRE rw-/,
    leftOut: /^from$/,
    widths: ALL,
  },
  'kexeckit tables check tables.bin --base 0x48000000 --va-bits 31 --iomem iomem.txt': {
    says: /nothing is wrong with these tables/,
    widths: TWO,
  },
  'kexeckit tables decode 0x60000040200711 --level 2': { says: /Device-nGRE/, widths: ALL },
  'kexeckit tables decode 0x80803520 --as tcr': { says: /TCR_EL1/ },
};

/** Of what a fleet is asked where there is none. */
const NO_FLEET: Case = {
  // The same words wherever it is run.
  before: 'export XDG_STATE_HOME=/nowhere',
  codes: [2],
  says: /ENOENT: there are no rollouts in \S+fleet; kexeckit fleet run starts/,
  widths: ONE,
};
/** Its files are not there. */
const NO_FILE: Case = { codes: [2], says: /cannot (read|find)|no such file/i, widths: ONE };

/** Fleets: test/fleet.test.ts has one. */
const fleets: Readonly<Record<string, Case>> = {
  'kexeckit fleet plan --inventory hosts.yaml --policy policy.yaml --kernel Image --append "root=/dev/vda1"': NO_FILE,
  'kexeckit fleet plan --inventory-command "hosts --site b" --policy policy.yaml --kernel Image --append quiet':
    NO_FILE,
  'kexeckit fleet run rollout.json': NO_FILE,
  'kexeckit fleet run rollout.json --database postgresql://fleet@db/fleet': NO_FILE,
  'kexeckit fleet worker --database postgresql://fleet@db/fleet': {
    codes: [2],
    says: /ECONNREFUSED: no database answers/,
    widths: ONE,
  },
  'kexeckit fleet status': NO_FLEET,
  'kexeckit fleet status r7 --json': { ...NO_FLEET, widths: [], codes: [2], says: /"code": "ENOENT"/ },
  'kexeckit fleet pause r7 --why "an incident"': NO_FLEET,
  'kexeckit fleet resume r7 --failure-budget 5': NO_FLEET,
  'kexeckit fleet abort r7': NO_FLEET,
  'kexeckit lab --fleet postgresql://fleet@db/fleet': { codes: [1, 2], says: /ECONNREFUSED: no database answers/ },
  'kexeckit fleet bypass web-3': NO_FLEET,
  'kexeckit fleet report r7 --html r7.html': NO_FLEET,
};

/** Each example of the help. */
export const cases: Readonly<Record<string, Case>> = { ...single, ...families, ...fleets };

/** Examples that end when somebody ends them, and what they say first. */
export const endless: Readonly<Record<string, RegExp>> = {
  'kexeckit lab --port 8080': /http:\/\/127\.0\.0\.1:\d+\//,
  'kexeckit fleet farm --files try': /^30 simulated hosts, until Ctrl-C/,
  'kexeckit fleet farm --files try --hosts 1000 --trouble 1% --speed 100': /^1,000 simulated hosts, until Ctrl-C/,
};
