/**
 * The package as npm would publish it, installed as a user installs it: globally and as a dependency, in folders of their
 * own, with install scripts on. The examples that come with it run there. Then each Node that `engines` admits and the
 * registry has runs it, and one that is too old.
 *
 * Each check is a line; the last line is `N passed, N failed, N skipped`.
 *
 * usage, in the repository: node .ci/package.mjs TARBALL
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The newest release of each of these runs the package; the last one is to say that it is too old. */
const nodes = ['20.19.0', '22', '24', '26'];
const tooOld = '18';
/**
 * Above this something got into the package that does not belong there. All of it is code, its types and the pages beside
 * them, 1.222 MB when this was set; a model or a dataset would be more than what is left.
 */
const largestPackage = 1_400_000;

const tarball = resolve(process.argv[2] ?? '');
const folder = mkdtempSync(join(tmpdir(), 'nascent-package-'));
const examples = readdirSync('examples').filter((name) => name.endsWith('.ts'));
const counts = { passed: 0, failed: 0, skipped: 0 };

/** Scripts are on whatever this process was started with. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
const quietly = ['--ignore-scripts=false', '--no-audit', '--no-fund', '--loglevel=error'];

function check(name, body) {
  try {
    const skipped = body();
    counts[skipped === undefined ? 'passed' : 'skipped']++;
    console.log(skipped === undefined ? `✓ ${name}` : `- ${name}: ${skipped}`);
  } catch (error) {
    counts.failed++;
    console.log(`FAILED  ${name}: ${(error.stderr || error.message).trim()}`);
  }
}

function expect(fact, otherwise) {
  if (!fact) throw new Error(otherwise);
}

const run = (command, args, cwd = folder, more = {}) =>
  execFileSync(command, args, {
    cwd,
    env: { ...env, ...more },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const describe = ['describe', '--genotype', 'DARTS_V2', '--network', 'cifar10', '--json'];

function describes(command, args = []) {
  const { parameters } = JSON.parse(run(command, [...args, ...describe]));
  expect(parameters > 3_000_000, `DARTS_V2 has ${parameters} parameters`);
}

/** The folders of all packages of a name in an installed tree. */
function installed(tree, name) {
  const found = readdirSync(tree, { recursive: true }).filter((path) =>
    `/${path}`.endsWith(`/node_modules/${name}/package.json`),
  );
  return found.map((path) => JSON.parse(readFileSync(join(tree, path), 'utf8')));
}

const prefix = join(folder, 'global');
const user = join(folder, 'user');
const nascent = join(prefix, 'bin', 'nascent');
const main = join(prefix, 'lib', 'node_modules', 'nascent', 'dist', 'src', 'cli', 'main.js');

try {
  check('the package is small', () => {
    const { size } = statSync(tarball);
    expect(size < largestPackage, `it has ${size} bytes`);
  });
  check('it installs globally, install scripts on', () => {
    run('npm', ['install', '--global', `--prefix=${prefix}`, ...quietly, tarball]);
  });
  check('nascent describe', () => describes(nascent));
  check('nascent setup leaves an onnxruntime that works, whatever its install script could reach', () => {
    spawnSync(nascent, ['setup'], { cwd: folder, env, stdio: 'ignore' });
    const { runtimes } = JSON.parse(run(nascent, ['doctor', '--json']));
    const { status, reason } = runtimes.find(({ name }) => name === 'onnxruntime-cpu');
    expect(status === 'ready', reason);
  });
  check('nascent doctor finds every other runtime that comes with the package', () => {
    const { runtimes } = JSON.parse(run(nascent, ['doctor', '--json']));
    const ready = runtimes.filter(({ status }) => status === 'ready').map(({ name }) => name);
    for (const name of ['tfjs-cpu', 'reference']) expect(ready.includes(name), `${name} is not ready`);
  });

  check('nascent setup --runtimes fetches the others that need only npm', () => {
    run(nascent, ['setup', '--runtimes']);
    const { runtimes } = JSON.parse(run(nascent, ['doctor', '--json']));
    for (const name of ['onnxruntime-web', 'tfjs-wasm', 'opencv']) {
      const { status, reason } = runtimes.find((runtime) => runtime.name === name);
      expect(status === 'ready', `${name}: ${reason}`);
    }
  });

  check('it installs as a dependency, install scripts on', () => {
    mkdirSync(user);
    run('npm', ['init', '--yes'], user);
    run('npm', ['install', ...quietly, tarball], user);
  });
  check('its command and its module work there', () => {
    describes(join(user, 'node_modules', '.bin', 'nascent'));
    const use = "import { GraphBuilder } from 'nascent'; new GraphBuilder();";
    run(process.execPath, ['--input-type=module', '-e', use], user);
  });
  check('no protobufjs before 7 comes with it', () => {
    for (const tree of [prefix, user]) {
      const versions = installed(tree, 'protobufjs').map(({ version }) => version);
      expect(versions.length > 0, `no protobufjs under ${tree}`);
      const old = versions.filter((version) => Number.parseInt(version, 10) < 7);
      expect(old.length === 0, `protobufjs ${old.join(', ')} under ${tree}`);
    }
  });

  check('what examples/README.md has a user install for them installs', () => {
    const { optionalDependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    const onnxruntime = `onnxruntime-node@${optionalDependencies['onnxruntime-node']}`;
    const page = readFileSync('examples/README.md', 'utf8');
    expect(
      page.includes(`npm install tsx ${onnxruntime}\n`),
      `examples/README.md does not install ${onnxruntime}`,
    );
    run('npm', ['pkg', 'set', 'type=module'], user);
    // Its install script fetches CUDA, from a host that may not answer; the processor's library comes with the package.
    run('npm', ['install', ...quietly, onnxruntime, `tsx@${devDependencies.tsx}`], user, {
      ONNXRUNTIME_NODE_INSTALL: 'skip',
    });
  });
  for (const name of examples) {
    check(`examples/${name}`, () => {
      copyFileSync(join(user, 'node_modules', 'nascent', 'examples', name), join(user, name));
      expect(run(process.execPath, ['--import', 'tsx', name], user) !== '', 'it says nothing');
    });
  }

  check('its types are whole: the examples compile against them, libraries not skipped', () => {
    const modules = resolve('node_modules');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    const found = ['--typeRoots', join(modules, '@types'), '--allowImportingTsExtensions'];
    try {
      run(join(modules, '.bin', 'tsc'), [...options, ...found, ...examples], user);
    } catch (error) {
      throw new Error(error.stdout, { cause: error });
    }
  });

  for (const version of [...nodes, tooOld]) {
    check(`Node ${version}`, () => {
      const binary = nodeBinary(version);
      if (typeof binary !== 'string') return binary.missing;
      if (version !== tooOld) {
        describes(binary, [main]);
        const { runtimes } = JSON.parse(run(binary, [main, 'doctor', '--json']));
        const broken = runtimes.filter(
          ({ name, status }) =>
            ['onnxruntime-cpu', 'tfjs-cpu', 'reference'].includes(name) && status !== 'ready',
        );
        expect(broken.length === 0, broken.map(({ name, reason }) => `${name}: ${reason}`).join('; '));
        return undefined;
      }
      const { status, stdout, stderr } = spawnSync(binary, [main, ...describe], { env, encoding: 'utf8' });
      const one = stderr.trimEnd().split('\n');
      expect(status === 1 && stdout === '' && one.length === 1, `exit code ${status}: ${stdout}${stderr}`);
      expect(/needs Node 20\.19 or later, and this is Node 18/.test(stderr), stderr);
      return undefined;
    });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** A release of Node from the registry, which has them as packages of one file. */
function nodeBinary(version) {
  const machine = `${process.platform}-${process.arch}`;
  const into = join(folder, `node-${version}`);
  const args = ['install', `--prefix=${into}`, '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, stderr } = spawnSync('npm', [...args, `node-${machine}@${version}`], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  const binary = join(into, 'node_modules', `node-${machine}`, 'bin', 'node');
  if (status === 0 && existsSync(binary)) return binary;
  return { missing: `the registry has no node-${machine}@${version} (${stderr.trim().split('\n')[0]})` };
}
