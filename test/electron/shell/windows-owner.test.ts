import { describe, expect, it } from 'vitest';
import { ofAdministratorsOnly } from '#electron/shell/windows-owner.ts';

const own = (sddl: string): boolean => ofAdministratorsOnly(sddl, { above: false });
const above = (sddl: string): boolean => ofAdministratorsOnly(sddl, { above: true });

describe('a place on Windows', () => {
  it("is the administrators' when they own it and others only read", () => {
    expect(own('O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)')).toBe(true);
    expect(own('O:S-1-5-32-544G:S-1-5-21-1-2-3-513D:(A;;FA;;;BA)(A;;FRFX;;;WD)S:AI(AU;SA;FA;;;WD)')).toBe(true);
  });

  it.each([
    ['somebody else owns it', 'O:S-1-5-21-1-2-3-1001G:SYD:(A;;FA;;;BA)'],
    ['people may write', 'O:BAG:SYD:(A;;FA;;;BA)(A;;FA;;;BU)'],
    ['people may write, as a mask', 'O:BAG:SYD:(A;;FA;;;BA)(A;;0x1301bf;;;BU)'],
    ['people may add', 'O:BAG:SYD:(A;;FA;;;BA)(A;CI;DCLCRPCR;;;BU)'],
    ['the owner of old may change who may', 'O:BAG:SYD:(A;;FA;;;BA)(A;;WDRC;;;S-1-5-21-1-2-3-1001)'],
    ['there is no list', 'O:BAG:SY'],
    ['the list is empty of meaning', 'O:BAG:SYD:NO_ACCESS_CONTROL'],
    ['an entry has a condition', 'O:BAG:SYD:(XA;;FR;;;WD;(a==1))'],
    ['it is not understood', 'O:BAG:SYD:(A;;FA;;;BA)junk'],
    ['it is empty', ''],
  ])('is not when %s', (_why, sddl) => {
    expect(own(sddl)).toBe(false);
  });

  it('further up may let people add beside it, not take away or own', () => {
    const programData =
      'O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)';
    expect(above(programData)).toBe(true);
    expect(own(programData)).toBe(false);
    expect(above('O:SYG:SYD:(A;;FA;;;SY)(A;;DT;;;BU)')).toBe(false);
    expect(above('O:SYG:SYD:(A;;FA;;;SY)(A;;0x40;;;BU)')).toBe(false);
  });
});
