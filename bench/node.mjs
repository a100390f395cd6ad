// Converts for the benchmark: reads {"profile", "file"} a line and answers
// {"micros", "bytes", "error"}: CPU time of one conversion of the file, and
// the length of its result.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as OpenCC from 'opencc-js';

const locales = { s: 'cn', t: 't', tw: 'tw', twp: 'twp', hk: 'hk', hkp: 'hkp', jp: 'jp' };
const converters = new Map();
const texts = new Map();

function converter(profile) {
  if (!converters.has(profile)) {
    let [from, to] = profile.split('2');
    if (to === 'sp') { from += 'p'; to = 's'; }
    converters.set(profile, OpenCC.Converter({ from: locales[from], to: locales[to] }));
  }
  return converters.get(profile);
}

function answer({ profile, file }) {
  if (!texts.has(file)) texts.set(file, readFileSync(file, 'utf8'));
  const text = texts.get(file);
  const convert = converter(profile);
  const start = process.cpuUsage();
  const out = convert(text);
  const { user, system } = process.cpuUsage(start);
  return { micros: user + system, bytes: Buffer.byteLength(out) };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = answer(JSON.parse(line));
  } catch (e) {
    reply = { error: String(e) };
  }
  process.stdout.write(JSON.stringify(reply) + '\n');
}
