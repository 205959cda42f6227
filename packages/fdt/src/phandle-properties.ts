/** Properties that lead to other nodes, as Linux's bindings and dtc's checks have them. */
const NAMES: ReadonlySet<string> = new Set([
  ...['phandle', 'linux,phandle', 'interrupt-parent', 'interrupts-extended', 'interrupt-map', 'interrupt-affinity'],
  ...['msi-parent', 'msi-map', 'iommus', 'iommu-map', 'mboxes', 'memory-region', 'remote-endpoint', 'next-level-cache'],
  ...['clocks', 'assigned-clocks', 'assigned-clock-parents', 'resets', 'dmas', 'phys', 'power-domains', 'hwlocks'],
  ...['cpu', 'cpus', 'cpu-idle-states', 'domain-idle-states', 'operating-points-v2', 'required-opps', 'gpio'],
  ...[
    'trip',
    'cooling-device',
    'thermal-sensors',
    'io-channels',
    'io-backends',
    'nvmem',
    'nvmem-cells',
    'nvmem-layout',
  ],
  ...['interconnects', 'pwms', 'leds', 'backlight', 'panel', 'sound-dai', 'dais', 'codec', 'dai', 'extcon', 'syscon'],
  ...['phy-handle', 'ethernet', 'sfp', 'mdio-parent-bus', 'ddc-i2c-bus', 'i2c-parent', 'affinity', 'ports', 'devices'],
  ...['access-controllers', 'monitored-battery', 'power-supplies', 'wakeup-parent', 'companion'],
  ...[
    'mux-controls',
    'mux-states',
    'gpio-ranges',
    'secure-monitor',
    'l2-cache',
    'devfreq',
    'devfreq-events',
    'mmc-pwrseq',
  ],
]);

/** The same by their ends, whoever they belong to. */
const ENDS =
  /(?:^pinctrl-\d+|^regmap-.*|(?:^|[,-])(?:gpios?|supply|clocks?|handle|phandle|syscon|syscfg|sysreg|regmap|grf|sram|fcp|vsps|(?:bitclock|frame)-master))$/;

/** Whether the cells of a property are numbers of nodes, among others, going by its name: of others nobody knows. */
export const leadsToNodes = (name: string): boolean => NAMES.has(name) || ENDS.test(name);
