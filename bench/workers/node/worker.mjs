// The worker for JavaScript converters: node worker.mjs NAME [once PROFILE].
// Requests and replies as in ../../worker/worker.go.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const openccLocales = {
  s2t: ['cn', 't'], t2s: ['t', 'cn'], s2tw: ['cn', 'tw'], tw2s: ['tw', 'cn'], s2twp: ['cn', 'twp'], tw2sp: ['twp', 'cn'],
  s2hk: ['cn', 'hk'], hk2s: ['hk', 'cn'], s2hkp: ['cn', 'hkp'], hk2sp: ['hkp', 'cn'], t2tw: ['t', 'tw'], tw2t: ['tw', 't'],
  t2hk: ['t', 'hk'], hk2t: ['hk', 't'], t2jp: ['t', 'jp'], jp2t: ['jp', 't'],
};

const libraries = {
  'opencc-js': {
    profiles: Object.keys(openccLocales),
    async load(profile) {
      const OpenCC = await import('opencc-js');
      const [from, to] = openccLocales[profile];
      return OpenCC.Converter({ from, to });
    },
  },
  'simplecc-wasm': {
    profiles: ['s2t', 't2s', 's2tw', 's2hk', 's2twp', 'hk2s'],
    async load(profile) {
      const { simplecc } = await import('simplecc-wasm');
      simplecc('', profile); // builds the dictionary
      return (text) => simplecc(text, profile);
    },
  },
};

const loaded = new Map();
const texts = new Map();
let sink = 0; // keeps results alive, so that no conversion is optimised away

function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000; // nanoseconds
}

async function load(library, profile) {
  if (!library.profiles.includes(profile)) throw new Error(`no profile ${profile} here`);
  const start = cpuTime();
  loaded.set(profile, await library.load(profile));
  return { cpu: cpuTime() - start };
}

function time({ profile, file, repeat }) {
  const convert = loaded.get(profile);
  if (!convert) throw new Error(`profile ${profile} is not loaded`);
  if (!texts.has(file)) texts.set(file, readFileSync(file, 'utf8'));
  const text = texts.get(file);
  const start = cpuTime();
  for (let i = 0; i < repeat; i++) sink += convert(text).length;
  return { cpu: cpuTime() - start };
}

async function answer(library, request) {
  switch (request.op) {
    case 'profiles': return { profiles: library.profiles };
    case 'load': return load(library, request.profile);
    case 'time': return time(request);
    case 'convert': {
      const convert = await library.load(request.profile);
      return { texts: (request.texts ?? []).map((text) => convert(text)) };
    }
  }
  throw new Error(`unknown request ${request.op}`);
}

async function serve(library) {
  for await (const line of createInterface({ input: process.stdin })) {
    let reply;
    try {
      reply = await answer(library, JSON.parse(line));
    } catch (error) {
      reply = { error: String(error.message ?? error) };
    }
    process.stdout.write(JSON.stringify(reply) + '\n');
  }
}

const [name, mode, profile] = process.argv.slice(2);
if (mode === 'once') {
  const convert = await libraries[name].load(profile);
  process.stdout.write(convert(readFileSync(0, 'utf8')));
} else {
  import.meta.resolve(name); // fails at once if the package is not installed
  await serve(libraries[name]);
}
