import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskCsv } from '#broker/gateway/mask-csv.ts';
import { maskJsonDocument, maskJsonLines } from '#broker/gateway/mask-json.ts';
import { CannotMaskError, MASK, personalNames } from '#broker/gateway/masking.ts';

const MIB = 1024 * 1024;
const PERSONAL = personalNames(['email', 'Name']);

/** Cuts bytes into pieces of these lengths, over and over. */
async function* pieces(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, index = 0; at < bytes.length; index += 1) {
    const length = lengths[index % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const EMAIL = personalNames(['email']);
const csv = (input: string | Buffer, lengths: readonly number[] = [7], personal = EMAIL) =>
  text(maskCsv(pieces(Buffer.from(input), lengths), personal, MIB));
const jsonLines = (input: string | Buffer, lengths: readonly number[] = [7]) =>
  text(maskJsonLines(pieces(Buffer.from(input), lengths), PERSONAL, MIB));
const json = (input: string) => text(maskJsonDocument(pieces(Buffer.from(input), [7]), PERSONAL, MIB));

const lengthsOfPieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const nasty = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      ',',
      '\n',
      '\r',
      ';',
      ' ',
      'a',
      '\ufeff',
      "'",
      '\\',
      '\t',
      'é',
      '😀',
      '\0',
      '{',
      '}',
      ':',
    ),
  }),
);
/** Cannot arise by chance, so that finding it means that it leaked. */
const personalValue = fc
  .tuple(nasty, fc.integer({ min: 100_000, max: 999_999 }), nasty)
  .map(([before, mark, after]) => `${before}P#${mark}#P${after}`);
const MARK = /P#\d{6}#P/;

describe('masking CSV', () => {
  it('replaces the personal columns and nothing else', async () => {
    const masked = await csv('id,email,note\r\n1,a@x.org,"hello, ""you"""\r\n2,,"two\nlines"\r\n');
    expect(masked).toBe(`id,email,note\n1,${MASK},"hello, ""you"""\n2,${MASK},"two\nlines"\n`);
  });

  it('reads lines of any ending, also mixed in one file', async () => {
    expect(await csv('id,email\r\n1,a@x.org\n2,b@x.org\r3,c@x.org')).toBe(
      `id,email\n1,${MASK}\n2,${MASK}\n3,${MASK}\n`,
    );
  });

  it.each(['EMAIL', ' email ', '\ufeffemail', '"email"', '\u200bemail', 'e-mail', 'E Mail', '_e_mail', 'ｅｍａｉｌ'])(
    'finds the column written as %j',
    async (header) => {
      expect(await csv(`${header},id\na@x.org,1\n`)).not.toContain('a@x.org');
    },
  );

  it.each([
    ['nothing', ''],
    ['only blank lines', '\n\n'],
    ['no personal column', 'id,mail\n1,a@x.org\n'],
    ['another delimiter', 'id;email\n1;a@x.org\n'],
    ['a longer row', 'id,email\n1,a@x.org,b@x.org\n'],
    ['a shorter row', 'id,email\na@x.org\n'],
    ['an open quote', 'id,email\n1,"a@x.org\n'],
    ['a quote inside a field', 'id,email\n1,a"@x.org\n'],
    ['text after a quote', 'id,email\n1,"a@x.org"b\n'],
    ['UTF-16', Buffer.from('id,email\n1,a@x.org\n', 'utf16le')],
    ['Latin-1', Buffer.from('id,email,pr\xe9nom\n1,a@x.org,b\n', 'latin1')],
    ['a record without end', `id,email\n1,"${'x'.repeat(2 * MIB)}`],
  ])('refuses %s', async (_what, input) => {
    let out = '';
    const masking = (async () => {
      for await (const chunk of maskCsv(pieces(Buffer.from(input), [65_536]), EMAIL, MIB))
        out += Buffer.from(chunk).toString();
    })();
    await expect(masking).rejects.toBeInstanceOf(CannotMaskError);
    expect(out).not.toContain('@x.org');
  });

  it('refuses a header without every personal column: it may stand there under another name', async () => {
    const people = personalNames(['gender', 'last_name', 'phone']);
    for (const header of ['gender,Last Name,surname', 'gender,surname,phone', 'last_name,x,y'])
      await expect(csv(`${header}\nF,Cantwell,Cantwell\n`, [7], people)).rejects.toBeInstanceOf(CannotMaskError);
    expect(await csv('Gender,Last Name,PHONE\nF,Cantwell,555\n', [7], people)).not.toMatch(/Cantwell|555/);
  });

  it('passes the failure of its source on as it is', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('id,email\n');
      throw new Error('disk');
    }
    await expect(text(maskCsv(failing(), EMAIL, MIB))).rejects.toThrow('disk');
  });

  it('never shows a personal value, and keeps every other value, for any table', async () => {
    const row = fc.tuple(nasty, personalValue, nasty, personalValue);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 12 }),
        fc.boolean(),
        fc.boolean(),
        lengthsOfPieces,
        async (rows, crlf, bom, lengths) => {
          const input = stringify([['a', 'Email ', 'b', 'NAME'], ...rows], {
            quoted: true,
            bom,
            record_delimiter: crlf ? '\r\n' : '\n',
          });
          const masked = await csv(input, lengths, PERSONAL);
          expect(masked).not.toMatch(MARK);
          const read = parse(masked, { record_delimiter: ['\r\n', '\n', '\r'] });
          expect(read).toEqual([['a', 'Email ', 'b', 'NAME'], ...rows.map(([a, , b]) => [a, MASK, b, MASK])]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows no personal value of a table whose bytes were damaged', async () => {
    const row = fc.tuple(fc.nat().map(String), personalValue);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.constantFrom('"', '\n', '\r', ''),
        async (rows, place, put) => {
          const whole = stringify([
            ['id', 'email'],
            ...rows.map(([id, value]) => [id, value.replace(/[",\n\r]/g, '')]),
          ]);
          const at = 9 + (place % (whole.length - 9));
          const damaged = `${whole.slice(0, at)}${put}${whole.slice(at + 1)}`;
          let out = '';
          try {
            for await (const chunk of maskCsv(pieces(Buffer.from(damaged), [5]), EMAIL, MIB))
              out += Buffer.from(chunk).toString();
          } catch (error) {
            expect(error).toBeInstanceOf(CannotMaskError);
          }
          // A value that the damage moved into the first column is not personal by its place any more.
          for (const line of out.split('\n').slice(1)) expect(line.split(',').slice(1).join(',')).not.toMatch(MARK);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('masking JSON Lines', () => {
  it('replaces personal keys at any depth, whole, and keeps the digits of every number', async () => {
    const line = '{"id":12345678901234567890,"x":1.10,"user":{"EMAIL":["a@x.org"],"tags":[{"name":{"first":"b"}}]}}';
    expect(await jsonLines(`\ufeff${line}\n\n`)).toBe(
      `{"id":12345678901234567890,"x":1.10,"user":{"EMAIL":"${MASK}","tags":[{"name":"${MASK}"}]}}\n`,
    );
  });

  it.each([
    ['nothing', ''],
    ['rows without names', '["a@x.org"]\n'],
    ['plain values', '"a@x.org"\n'],
    ['no personal key', '{"mail":"a@x.org"}\n'],
    ['no JSON', '{"email":"a@x.org"\n'],
    ['two values on a line', '{"email":1} {"mail":"a@x.org"}\n'],
    ['a later line without names', '{"email":"a"}\n["a@x.org"]\n'],
    ['a later line without a personal key', '{"email":"a"}\n{"full mail":"a@x.org"}\n'],
    ['values without names', '{"email":"a","rows":[["a@x.org"]]}\n'],
    ['too deep', `{"email":1,"a":${'['.repeat(200)}"a@x.org"${']'.repeat(200)}}\n`],
    ['an endless line', `{"email":"${'x'.repeat(2 * MIB)}`],
    ['bytes that are not UTF-8', Buffer.from('{"email":"a","n\xe4me":"a@x.org"}\n', 'latin1')],
  ])('refuses %s', async (_what, input) => {
    let out = '';
    const masking = (async () => {
      for await (const chunk of maskJsonLines(pieces(Buffer.from(input), [65_536]), PERSONAL, MIB))
        out += Buffer.from(chunk).toString();
    })();
    await expect(masking).rejects.toBeInstanceOf(CannotMaskError);
    expect(out).not.toContain('a@x.org');
  });

  it('survives duplicate keys and __proto__', async () => {
    expect(await jsonLines('{"email":"a","email":"a@x.org","__proto__":{"name":"b"}}\n')).toBe(
      `{"email":"${MASK}","__proto__":{"name":"${MASK}"}}\n`,
    );
  });

  it('never shows a personal value for any rows', async () => {
    const key = fc.constantFrom('email', 'EMAIL', ' Name', 'e-mail', 'other', 'x');
    const rowOf = (value: string): fc.Arbitrary<unknown> =>
      fc.letrec((tie) => ({
        node: fc.oneof(
          { depthSize: 'small' },
          fc.double(),
          nasty,
          fc.array(tie('object'), { maxLength: 3 }),
          tie('object'),
        ),
        object: fc
          .dictionary(key, tie('node'), { maxKeys: 4 })
          .map((object) =>
            Object.fromEntries(
              Object.entries(object).map(([name, inner]) => [
                name,
                PERSONAL.has(name) ? { value, inner: [value] } : inner,
              ]),
            ),
          ),
      })).object;
    const row = personalValue.chain((value) => rowOf(value).map((object) => ({ email: value, row: object })));
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 6 }), lengthsOfPieces, async (rows, lengths) => {
        const masked = await jsonLines(rows.map((one) => JSON.stringify(one)).join('\n'), lengths);
        expect(masked).not.toMatch(MARK);
        const read = masked
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as { email: string });
        expect(read.map((one) => one.email)).toEqual(rows.map(() => MASK));
      }),
      { numRuns: 300 },
    );
  });
});

describe('masking a JSON document', () => {
  it('replaces personal keys in arrays and objects', async () => {
    expect(await json('[{"email":"a","n":1},{"n":2}]')).toBe(`[{"email":"${MASK}","n":1},{"n":2}]`);
  });

  it.each([
    '{"email":"a","rows":[["b","a@x.org"]]}',
    '{"email":"a","x":["a@x.org"]}',
    '[{"email":"a"},"a@x.org"]',
    '',
    '[]',
    '["a@x.org"]',
    '{"a":1}',
    '{"email":1',
    '"a@x.org"',
  ])('refuses %j', async (input) => {
    await expect(json(input)).rejects.toBeInstanceOf(CannotMaskError);
  });
});
