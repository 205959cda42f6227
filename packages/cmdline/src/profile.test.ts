import { describe, expect, test } from 'vitest';
import { KERNELS, profileOf } from './index.ts';

describe('profileOf', () => {
  test.each([
    ['5.10.0-32-cloud-arm64', '5.10', true],
    ['6.1.0-50-arm64', '6.1', true],
    ['6.12.117+deb13-cloud-arm64', '6.12', true],
    ['7.3.4+deb13-cloud-arm64\n', '7.3', true],
    ['4.19.0', '5.10', false],
    ['5.14.0-503.el9.aarch64', '5.10', false],
    ['5.15.0-1034-raspi', '6.1', false],
    ['6.6.20', '6.1', false],
    ['6.8.0-31-generic', '6.12', false],
    ['6.12.0-124.8.1.el10_1.aarch64', '6.12', false],
    ['6.12.41-cloud-arm64', '6.12', true],
    ['6.1.0-0.deb11.5-arm64', '6.1', true],
    ['6.12.117+deb13-arm64-16k', '6.12', true],
    ['5.10.0-32-rt-arm64', '5.10', true],
    ['6.1', '6.1', true],
    ['7.3.4+', '7.3', true],
    ['7.3.0-rc1', '7.3', false],
    ['6.1.0-0.rc5.fc38', '6.1', false],
    ['5.10.0-60.18.0.50.h322.eulerosv2r11', '5.10', false],
    ['5.10.134-16.3.al8.aarch64', '5.10', false],
    ['5.10.0-153.12.0.92.22.hce2', '5.10', false],
    ['5.10.0-9.kylin', '5.10', false],
    ['5.10.134-013.1.lifsea8', '5.10', false],
    ['6.12.35-tlinux4', '6.12', false],
    ['6.1.21-v8+', '6.1', false],
    ['5.10.120-tegra', '5.10', false],
    ['6.1.176-android14-11-g1234', '6.1', false],
    ['7.2-rc1', '7.1', false],
    ['10.0.1', '7.3', false],
    ['linux', '7.3', false],
    ['', '7.3', false],
  ])('%j is read as %s, measured: %s', (osrelease, profile, measured) => {
    const choice = profileOf(osrelease);
    expect(choice).toMatchObject({ profile, measured });
    expect(choice.reason).toMatch(measured ? /was measured$/ : /a guess$/);
  });

  test('every profile is the choice for its own version', () => {
    for (const name of Object.keys(KERNELS))
      expect(profileOf(`${name}.1`)).toMatchObject({ profile: name, measured: true });
  });
});
