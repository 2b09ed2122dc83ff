import type { Command } from 'commander';
import { expect, test, vi } from 'vitest';

import { commandNames, createProgram } from '../../src/cli/program.ts';

// Commands in help are those of a package that is installed, on any machine.
vi.stubEnv('npm_lifecycle_event', 'test');
const program = await createProgram();

/** The help page of a command, on 100 columns and without colours. */
function helpOf(...path: readonly string[]): string {
  const command = path.reduce<Command>((parent, name) => {
    const found = parent.commands.find((each) => each.name() === name);
    if (found === undefined) throw new Error(`there is no command ${name}`);
    return found;
  }, program);
  let text = '';
  command.configureOutput({
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return `\n${text}`;
}

test('nascent', () => {
  expect(helpOf()).toMatchInlineSnapshot(`
    "
    Usage: nascent [options] [command]

    Differentiable architecture search: search cells, train them, export them to ONNX, and prove it.

    Options:
      -V, --version  output the version number
      --verbose      show the stack and the causes of an error, and what native libraries say
      -q, --quiet    say nothing but errors; data still goes to stdout
      --color        colours, also where the output is no terminal; so does FORCE_COLOR=1
      --no-color     no colours; so does the environment variable NO_COLOR
      -h, --help     display help for command

    Commands:
      demo           search, train, export, validate and compare, with all set-up, in minutes
      setup          make TensorFlow run on this machine, by the first way that works
      doctor         try every runtime on this machine, and say which is ready, which is not, why, and
                     what to do
      data           list datasets, get them, and look through them
      search         search a cell by DARTS into a run folder, and print its genotype
      derive         derive the cells of a search, finished or not, from a checkpoint or a logged epoch
      train          train the network of a search, or of any genotype
      settings       list the presets, or the settings of a preset: value, range, unit, help and source
      export         write the trained network of a run, or the untrained one of a genotype, as an ONNX
                     file
      validate       measure the accuracy of a model on test images, or its perplexity on a test text,
                     by onnxruntime
      predict        what a model says: the likeliest classes of image files, or the words, or
                     characters, that follow a text
      parity         run a model in every runtime that is ready, and hold each to the same graph in
                     double precision; or hold another file to it
      check          look for every fault of a model, and list its inputs, outputs, ops and types
      run            run a model in one runtime, on stored or drawn tensors, and compare what comes out
      bench          time a model in every runtime that is ready: latency, throughput, memory, share by
                     op
      describe       parameters, multiply-accumulates and ops of the network of a genotype
      draw           draw the cells of a genotype, and print the path of the drawing
      report         write a run, finished or not, as one page: cells, charts, what was measured; and
                     print its path
      card           write the card of a model: what it is, how it does, how to load it; and print its
                     path
      runs           list the runs in a folder and below: status, progress, best result, last sign of
                     life
      ui             the interface: the runs of a folder, what they do, and what can be done with them
      watch          watch a run, from any terminal: curves, cells, alphas, log; pause, resume,
                     checkpoint, stop
      compare        compare runs and genotypes: settings, figures, curves, cells, parameters and MACs
      control        tell the process that works on a run what to do; a paused run keeps its memory and
                     its lease
      completion     print a script that completes nascent in a shell; it says how to use it
      help           display help for command
    "
  `);
});

test('demo', () => {
  expect(helpOf('demo')).toMatchInlineSnapshot(`
    "
    Usage: nascent demo [options]

    search, train, export, validate and compare, with all set-up, in minutes

    Options:
      --data <name>       the dataset (default: cifar10): cifar10, cifar100, mnist, fashion-mnist, svhn,
                          tiny-imagenet, synthetic, imagenet, images, ptb, wikitext2, grammar, text
      --rnn               a recurrent cell, on WikiText-2 if it is in the cache, else on generated text
      --from <folder>     with --rnn: the folder that holds the text
      --out <folder>      the run folder to make (default: the next free runs/demo-N)
      --resume <run>      resume a demo that was stopped
      --minutes <number>  about how long it may take, set-up aside, or full for the full amount
                          (default: 6)
      --engine <name>     what to compute on (default: the fastest that is ready): tfjs-node-gpu,
                          onnxruntime, tfjs-cpu, reference
      --ui                watch it on the whole terminal; it goes on when that is left
      --json              as JSON
      -h, --help          display help for command
    "
  `);
});

test('setup', () => {
  expect(helpOf('setup')).toMatchInlineSnapshot(`
    "
    Usage: nascent setup [options]

    make TensorFlow run on this machine, by the first way that works

    Options:
      --cuda      also fetch onnxruntime's CUDA provider, for an NVIDIA card
      --runtimes  instead, fetch what the further runtimes of nascent parity need from npm
      --force     do it again although it works, as after installing a driver
      -h, --help  display help for command
    "
  `);
});

test('doctor', () => {
  expect(helpOf('doctor')).toMatchInlineSnapshot(`
    "
    Usage: nascent doctor [options]

    try every runtime on this machine, and say which is ready, which is not, why, and what to do

    Options:
      --json      as JSON
      -h, --help  display help for command
    "
  `);
});

test('data', () => {
  expect(helpOf('data')).toMatchInlineSnapshot(`
    "
    Usage: nascent data [options] [command]

    list datasets, get them, and look through them

    Options:
      -h, --help  display help for command

    Commands:
      list        list the datasets, where each one is and how to get it
      get         get a dataset into the cache, check every byte, and print its folder
      info        look through a dataset: classes and how many images there are of each, or words and
                  how many; what is odd
      help        display help for command
    "
  `);
});

test('data list', () => {
  expect(helpOf('data', 'list')).toMatchInlineSnapshot(`
    "
    Usage: nascent data list [options]

    list the datasets, where each one is and how to get it

    Options:
      --json      as JSON
      -h, --help  display help for command
    "
  `);
});

test('data get', () => {
  expect(helpOf('data', 'get')).toMatchInlineSnapshot(`
    "
    Usage: nascent data get [options] <name>

    get a dataset into the cache, check every byte, and print its folder

    Arguments:
      name           the dataset: cifar10, cifar100, mnist, fashion-mnist, svhn, tiny-imagenet, ptb,
                     wikitext2

    Options:
      --from <path>  take it from a folder or archive that you have, without the network
      -h, --help     display help for command
    "
  `);
});

test('data info', () => {
  expect(helpOf('data', 'info')).toMatchInlineSnapshot(`
    "
    Usage: nascent data info [options] <dataset>

    look through a dataset: classes and how many images there are of each, or words and how many; what
    is odd

    Arguments:
      dataset            your folder of images or of texts, a CSV file of images, or one of cifar10,
                         cifar100, mnist, fashion-mnist, svhn, tiny-imagenet, synthetic, imagenet,
                         images, ptb, wikitext2, grammar, text

    Options:
      --from <folder>    the folder that holds the dataset, where it is named by its name
      --sheet <file>     write some images of each class as one picture, such as sheet.png
      --set <key=value>  of a text: level=character, or vocabulary_limit=10000, as a search has it; may
                         be given again
      --json             as JSON
      -h, --help         display help for command
    "
  `);
});

test('search', () => {
  expect(helpOf('search')).toMatchInlineSnapshot(`
    "
    Usage: nascent search [options]

    search a cell by DARTS into a run folder, and print its genotype

    Options:
      --data <name>              the dataset to search on (default: cifar10): cifar10, cifar100, mnist,
                                 fashion-mnist, svhn, tiny-imagenet, synthetic, imagenet, images, ptb,
                                 wikitext2, grammar, text
      --from <folder>            the folder that holds the dataset, if it is not in the cache
      --preset <name>            the settings to start from (default: quick, or quick-rnn for text):
                                 quick, darts, quick-rnn, darts-rnn
      --strategy <name>          the method of search (default: darts): darts
      --order <n>                order of the architecture gradient: 1, or 2 with the term one step
                                 ahead (choices: "1", "2")
      --stop-on-skips            stop once the cell has two skip connections (DARTS+)
      --deterministic            ask for deterministic kernels, and say what is and is not deterministic
      --seeds <list>             the paper's protocol: one search for each seed, such as 0,1,2,3 or 0-3,
                                 each cell trained briefly, the best by held-back data
      --retrain <name>           with --seeds: the preset that each cell is trained with (default:
                                 quick, or quick-rnn for text): quick, cifar10, imagenet, quick-rnn,
                                 ptb, wikitext2
      --retrain-set <key=value>  with --seeds: change one of that preset's settings
      --set <key=value>          change one of the preset's settings, which nascent settings lists; may
                                 be given again
      --out <folder>             the run folder to make (default: the next free runs/search-N)
      --resume <run>             resume a search that was stopped
      --engine <name>            what to compute on (default: the fastest that is ready): tfjs-node-gpu,
                                 onnxruntime, tfjs-cpu, reference
      --estimate                 say how long it takes here and how much memory, from a few steps within
                                 a minute, and make nothing
      --fit <memory>             choose the largest batch, a power of two, whose first steps take no
                                 more memory than that here, such as 4GB; each is measured for a minute
                                 at most
      --ui                       watch it on the whole terminal; it goes on when that is left
      --json                     as JSON
      -h, --help                 display help for command
    "
  `);
});

test('derive', () => {
  expect(helpOf('derive')).toMatchInlineSnapshot(`
    "
    Usage: nascent derive [options] <run>

    derive the cells of a search, finished or not, from a checkpoint or a logged epoch

    Arguments:
      run                   the run folder of a search

    Options:
      --epoch <number>      derive from this epoch (default: the last checkpoint); 1 is the first, 0 is
                            before it
      --max-skips <number>  at most this many skip connections in the cell (default: as the search was
                            told)
      --out <file>          also write the genotype to this file, as JSON
      --json                as JSON
      -h, --help            display help for command
    "
  `);
});

test('train', () => {
  expect(helpOf('train')).toMatchInlineSnapshot(`
    "
    Usage: nascent train [options] [run]

    train the network of a search, or of any genotype

    Arguments:
      run                    the run of a search; its network is trained in its folder train/ unless
                             --out is given

    Options:
      --epoch <number>       train the cells that the search had after this epoch; 1 is the first, 0 is
                             before it
      --genotype <genotype>  instead of a run: a published name, a file, or the notation itself
      --data <name>          the dataset to train on (default: that of the search, or cifar10): cifar10,
                             cifar100, mnist, fashion-mnist, svhn, tiny-imagenet, synthetic, imagenet,
                             images, ptb, wikitext2, grammar, text
      --from <folder>        the folder that holds the dataset, if it is not in the cache (imagenet:
                             default NASCENT_IMAGENET)
      --preset <name>        the settings to start from (default: quick, imagenet for that dataset,
                             quick-rnn for text): quick, cifar10, imagenet, quick-rnn, ptb, wikitext2
      --set <key=value>      change one of the preset's settings, which nascent settings lists; may be
                             given again
      --out <folder>         the run folder to make (default with --genotype: the next free
                             runs/train-N)
      --resume <run>         resume a training that was stopped
      --engine <name>        what to compute on (default: the fastest that is ready): tfjs-node-gpu,
                             onnxruntime, tfjs-cpu, reference
      --estimate             say how long it takes here and how much memory, from a few steps within a
                             minute, and make nothing
      --fit <memory>         choose the largest batch, a power of two, whose first steps take no more
                             memory than that here, such as 4GB; each is measured for a minute at most
      --ui                   watch it on the whole terminal; it goes on when that is left
      --json                 as JSON
      -h, --help             display help for command
    "
  `);
});

test('settings', () => {
  expect(helpOf('settings')).toMatchInlineSnapshot(`
    "
    Usage: nascent settings [options] [preset]

    list the presets, or the settings of a preset: value, range, unit, help and source

    Arguments:
      preset      the preset whose settings to list

    Options:
      --json      as JSON
      --schema    the JSON Schema of the settings
      --markdown  all settings of all presets as a page
      -h, --help  display help for command
    "
  `);
});

test('export', () => {
  expect(helpOf('export')).toMatchInlineSnapshot(`
    "
    Usage: nascent export [options] [run]

    write the trained network of a run, or the untrained one of a genotype, as an ONNX file

    Arguments:
      run                     the run folder of a training, or of a search that has been trained

    Options:
      --opset <version>       the ONNX operator set: 13, 14, 15, 16, 17, 18, 19, 20, 21, 22 (default:
                              "17")
      --checkpoint <which>    which checkpoint of the run to export (default: last; for text best):
                              last, best
      --genotype <genotype>   instead of a run: a published name, a file, or the notation itself; its
                              network is not trained
      --network <name>        for --genotype: the network that the cells are put in: cifar10, imagenet,
                              ptb, wikitext2, rnn
      --channels <number>     for --genotype: channels of the first cells
      --layers <number>       for --genotype: number of cells
      --units <number>        for --genotype: units of a recurrent network
      --words <number>        for --genotype: vocabulary of a recurrent network
      --seed <number>         for --genotype: what the weights are drawn from
      --format <format>       how it is written: onnx (one file, for every runtime), ort (onnxruntime's
                              own, already optimised), transformers (a folder that transformers.js
                              opens), web (a page that classifies images dropped on it): onnx, ort,
                              transformers, web (default: "onnx")
      --external-data         weights in a file beside the model, for models that are too large for one
      --out <path>            the file or folder to write, a vocabulary beside it (default: in the run
                              folder; required with --genotype)
      --unroll <steps>        of a recurrent cell: a fixed number of steps without control flow, instead
                              of a Scan over any
      --json                  as JSON
      --int8                  weights and products in 8 bits; of images batch norm folded, calibrated on
                              training images
      --calibration <method>  of --int8: which part of what a value is on samples 8 bits are spread over
                              (default: min-max, all of it): min-max, percentile, entropy
      --keep-float <nodes>    of --int8 or --fp16: what stays in float32, with commas between: names of
                              nodes, how names begin (cells.0), ops (Gemm); of --int8 also a number: so
                              many of the noisiest layers
      --fold-batch-norm       put each batch norm into the convolution before it: fewer nodes, the same
                              answers
      --fp16                  weights and arithmetic in float16, half the size; inputs and outputs stay
                              float32
      --softmax               give probabilities instead of logits
      --top-k <number>        give the best classes and their scores, so many of them, instead of all
                              logits
      --preprocess            take images as files have them, uint8 [batch, height, width, 3]; they are
                              normalised in the model
      --functions             each cell as a call of a function in the file, one for each kind of cell:
                              a graph that can be read
      --max-drop <points>     the most that --int8 (default: 1) or --fp16 (default: 0.1) may cost:
                              points of accuracy, percent of perplexity
      -h, --help              display help for command
    "
  `);
});

test('validate', () => {
  expect(helpOf('validate')).toMatchInlineSnapshot(`
    "
    Usage: nascent validate [options] <model>

    measure the accuracy of a model on test images, or its perplexity on a test text, by onnxruntime

    Arguments:
      model                an .onnx file, or the run folder that holds model.onnx

    Options:
      --data <name>        the dataset to test on (default: that of the model's run, or what the model
                           was made for, or cifar10): cifar10, cifar100, mnist, fashion-mnist, svhn,
                           tiny-imagenet, synthetic, imagenet, images, ptb, wikitext2, grammar, text
      --from <folder>      the folder that holds the dataset (default: where the run had it, or the
                           cache; imagenet: NASCENT_IMAGENET)
      --provider <name>    the execution provider of onnxruntime: cpu, cuda, webgpu (default: "cpu")
      --images <number>    how many images: the first, or of imagenet from all classes (default: all)
      --batch <number>     pieces of a text read side by side, which is only for speed (default: 1)
      --pieces <number>    measure a text also as training does: in so many equal pieces that each begin
                           anew
      --tokens <number>    how many words or characters of a text, from the first (default: all)
      --mean <numbers>     of a file that does not say it: the mean that is taken from pixels in 0..1, a
                           number for each channel or one for all, such as 0.485,0.456,0.406 (default:
                           the dataset's)
      --std <numbers>      of a file that does not say it: the deviation that they are then divided by,
                           in the same units (default: the dataset's)
      --labels <file>      of a file that does not say it: the names of its classes in the order of its
                           outputs, a line each, or a JSON list (default: the dataset's classes)
      --memory <GB>        end it where it takes more memory (default: half of the machine’s)
      --timeout <seconds>  end it where the next batch, image or word takes longer (default: 600)
      --json               as JSON
      -h, --help           display help for command
    "
  `);
});

test('predict', () => {
  expect(helpOf('predict')).toMatchInlineSnapshot(`
    "
    Usage: nascent predict [options] <model> [files...]

    what a model says: the likeliest classes of image files, or the words, or characters, that follow a
    text

    Arguments:
      model                an .onnx file, or the run folder that holds model.onnx
      files                images, of any size and format

    Options:
      --text <text>        of a language model: the text so far
      --top <number>       how many classes, words or characters to list (default: 5)
      --sample <number>    of a language model: go on by so many words or characters, drawn by
                           probability
      --seed <number>      what they are drawn by (default: 0)
      --provider <name>    the execution provider of onnxruntime: cpu, cuda, webgpu (default: "cpu")
      --mean <numbers>     of a file that does not say it: the mean that is taken from pixels in 0..1, a
                           number for each channel or one for all, such as 0.485,0.456,0.406 (default:
                           none, it must be said)
      --std <numbers>      of a file that does not say it: the deviation that they are then divided by,
                           in the same units (default: none, it must be said)
      --labels <file>      of a file that does not say it: the names of its classes in the order of its
                           outputs, a line each, or a JSON list (default: numbers)
      --memory <GB>        end it where it takes more memory (default: half of the machine’s)
      --timeout <seconds>  end it where the next batch, image or word takes longer (default: 600)
      --json               as JSON
      -h, --help           display help for command
    "
  `);
});

test('parity', () => {
  expect(helpOf('parity')).toMatchInlineSnapshot(`
    "
    Usage: nascent parity [options] <model> [other]

    run a model in every runtime that is ready, and hold each to the same graph in double precision; or
    hold another file to it

    Arguments:
      model                 an .onnx file, or the run folder that holds model.onnx
      other                 another file, held to what the first does: in int8, or after a simplifier

    Options:
      --data <name>         the dataset whose test images or words are run (default: what the model was
                            made for): cifar10, cifar100, mnist, fashion-mnist, svhn, tiny-imagenet,
                            synthetic, imagenet, images, ptb, wikitext2, grammar, text
      --from <folder>       the folder that holds the dataset (default: where the run had it, or the
                            cache; imagenet: NASCENT_IMAGENET)
      --images <number>     how many test images (default: 1000; of imagenet, from all classes)
      --atol <number>       the absolute difference to allow (default: derived)
      --rtol <number>       the difference to allow as a share of the value (default: derived)
      --min-snr <dB>        instead of both: how far the signal must be above the noise in every output
                            on every input, such as 20
      --runtimes <names>    compare only these, each of which must be ready (opencv is left out unless
                            it is named); of two files: what the other is run in (default:
                            onnxruntime-cpu): tfjs-node-gpu, onnxruntime-cpu, onnxruntime-cuda,
                            onnxruntime-webgpu, onnxruntime-web, browser-wasm, browser-webgpu,
                            tfjs-wasm, opencv, tfjs-cpu, reference
      --against <name>      the runtime that the others are measured against (default: reference, in
                            double precision): tfjs-node-gpu, onnxruntime-cpu, onnxruntime-cuda,
                            onnxruntime-webgpu, onnxruntime-web, browser-wasm, browser-webgpu,
                            tfjs-wasm, opencv, tfjs-cpu, reference
      --inputs <files...>   tensor files, .pb or .npy, in the order of the inputs, or as NAME=FILE,
                            instead of all that is drawn
      --outputs <files...>  what is expected of the outputs on --inputs, in the same way, instead of
                            double precision
      --runtime <module>    a module of yours with open(file) that gives run(feeds), compared, too; may
                            be given again. Tensors go in and come out by name, as { dtype: "float32",
                            shape: [1, 3], data: [0.1, 0.2, 0.7] }: ONNX’s name of the type, values in
                            row-major order as plain numbers
      --timeout <seconds>   for how long a runtime may open the model, or run once (default: 120)
      --memory <GB>         how much memory a runtime may hold (default: half of what there is)
      --browser             compare it in a browser, too: Chromium, Chrome or Edge, in WebAssembly and
                            on WebGPU
      --layers              compare every value in between, too, and say where runtimes part first
      --climb <steps>       how many inputs a search for the worst one tries of each runtime, for 4
                            seconds at most (default: 16)
      --bisect [folder]     write the smallest part of the model in which the worst runtime differs,
                            with its inputs and outputs (default: repro); of two files: say where they
                            part first, and write nothing
      --report <file>       write what was found as one page, such as parity.html
      --extent <name=n>     what an extent is that the model leaves open, such as height=224; may be
                            given again
      --json                as JSON
      -h, --help            display help for command
    "
  `);
});

test('check', () => {
  expect(helpOf('check')).toMatchInlineSnapshot(`
    "
    Usage: nascent check [options] <model>

    look for every fault of a model, and list its inputs, outputs, ops and types

    Arguments:
      model                an .onnx file, or the folder that holds model.onnx

    Options:
      --memory <GB>        end it where it takes more memory (default: half of the machine’s)
      --timeout <seconds>  end it where it takes longer (default: 600)
      --json               as JSON
      -h, --help           display help for command
    "
  `);
});

test('run', () => {
  expect(helpOf('run')).toMatchInlineSnapshot(`
    "
    Usage: nascent run [options] <model>

    run a model in one runtime, on stored or drawn tensors, and compare what comes out

    Arguments:
      model                an .onnx file, or the folder that holds model.onnx

    Options:
      --runtime <name>     what to run it in (default: onnxruntime-cpu): tfjs-node-gpu, onnxruntime-cpu,
                           onnxruntime-cuda, onnxruntime-webgpu, onnxruntime-web, browser-wasm,
                           browser-webgpu, tfjs-wasm, opencv, tfjs-cpu, reference
      --inputs <files...>  tensor files, .pb or .npy, in the order of the inputs, or as NAME=FILE
                           (default: drawn by the seed)
      --dataset <folder>   a folder of input_0.pb … and output_0.pb …, as the conformance tests of ONNX
                           have: its inputs are given, its outputs expected
      --outputs <folder>   write inputs and outputs into this folder, as such a dataset
      --format <name>      how they are written (default: pb): pb, npy
      --extent <name=n>    what an extent is that the model leaves open, such as height=224; may be
                           given again
      --seed <number>      of the inputs that are drawn (default: 1)
      --rtol <number>      of a dataset: the relative difference to allow (default: 1e-3)
      --atol <number>      of a dataset: the absolute difference to allow (default: 1e-7)
      --memory <GB>        end it where it takes more memory (default: half of the machine’s)
      --timeout <seconds>  end it where it takes longer (default: 600)
      --json               as JSON
      -h, --help           display help for command
    "
  `);
});

test('bench', () => {
  expect(helpOf('bench')).toMatchInlineSnapshot(`
    "
    Usage: nascent bench [options] <model>

    time a model in every runtime that is ready: latency, throughput, memory, share by op

    Arguments:
      model                   an .onnx file, or the folder that holds model.onnx

    Options:
      --runtimes <names>      time only these (default: all but those in plain JavaScript or in a
                              browser): tfjs-node-gpu, onnxruntime-cpu, onnxruntime-cuda,
                              onnxruntime-webgpu, onnxruntime-web, browser-wasm, browser-webgpu,
                              tfjs-wasm, opencv, tfjs-cpu, reference
      --batches <numbers...>  what the first extent is, where it is open and --extent does not say it
                              (default: 1 8)
      --each <seconds>        how long each batch is timed (default: 2)
      --extent <name=n>       what an extent is that the model leaves open, such as height=224; may be
                              given again
      --memory <GB>           end it where it takes more memory (default: half of the machine’s)
      --timeout <seconds>     end it where it takes longer (default: 600)
      --json                  as JSON
      -h, --help              display help for command
    "
  `);
});

test('describe', () => {
  expect(helpOf('describe')).toMatchInlineSnapshot(`
    "
    Usage: nascent describe [options]

    parameters, multiply-accumulates and ops of the network of a genotype

    Options:
      --genotype <genotype>  a published name, a file, a run folder, or the notation itself
      --network <name>       the network that the cells are put in (default: cifar10, or ptb for a
                             recurrent cell): cifar10, imagenet, ptb, wikitext2, rnn
      --channels <number>    channels of the first cells
      --layers <number>      number of cells
      --units <number>       of a recurrent network: units of its state
      --words <number>       of a recurrent network: words of its vocabulary
      --epoch <number>       of a search: its cells after this epoch; 1 is the first, 0 is before it
      --json                 as JSON
      -h, --help             display help for command
    "
  `);
});

test('draw', () => {
  expect(helpOf('draw')).toMatchInlineSnapshot(`
    "
    Usage: nascent draw [options] [genotype]

    draw the cells of a genotype, and print the path of the drawing

    Arguments:
      genotype               a published name, a file, a run folder, or the notation itself

    Options:
      --genotype <genotype>  the same, named as other commands have it
      --network <name>       what the cells are for, where a name means cells of both kinds: cifar10,
                             imagenet, ptb, wikitext2, rnn
      --epoch <number>       of a search: its cells after this epoch; 1 is the first, 0 is before it
      --out <file>           the file to write (default: cells.svg, or as --format says)
      --format <name>        the form of the drawing (default: as the name of the file ends): svg, dot,
                             png
      --width <pixels>       of svg and png (default: as the cells need, and of png twice that)
      --theme <name>         the colours of svg and png (default: auto, which is light, and in svg dark
                             for who prefers it): auto, light, dark
      -h, --help             display help for command
    "
  `);
});

test('report', () => {
  expect(helpOf('report')).toMatchInlineSnapshot(`
    "
    Usage: nascent report [options] <run>

    write a run, finished or not, as one page: cells, charts, what was measured; and print its path

    Arguments:
      run           the run folder of a search or a training

    Options:
      --out <file>  the page to write (default: report.html in the run)
      --follow      write the page anew whenever the run changes, until the run ends or Ctrl-C
      -h, --help    display help for command
    "
  `);
});

test('card', () => {
  expect(helpOf('card')).toMatchInlineSnapshot(`
    "
    Usage: nascent card [options] <model>

    write the card of a model: what it is, how it does, how to load it; and print its path

    Arguments:
      model         an .onnx file, or the run folder that holds model.onnx

    Options:
      --out <file>  the Markdown file to write (default: MODEL_CARD.md beside the model)
      -h, --help    display help for command
    "
  `);
});

test('runs', () => {
  expect(helpOf('runs')).toMatchInlineSnapshot(`
    "
    Usage: nascent runs [options] [folder]

    list the runs in a folder and below: status, progress, best result, last sign of life

    Arguments:
      folder      where to look (default: "runs")

    Options:
      --json      as JSON
      -h, --help  display help for command
    "
  `);
});

test('compare', () => {
  expect(helpOf('compare')).toMatchInlineSnapshot(`
    "
    Usage: nascent compare [options] [what...]

    compare runs and genotypes: settings, figures, curves, cells, parameters and MACs

    Arguments:
      what              two or more: run folders, published names, genotype files, or the notation
                        itself

    Options:
      --network <name>  put all cells in this network (default: as trained, or that of the dataset):
                        cifar10, imagenet, ptb, wikitext2, rnn
      --ui              side by side in panes, on the whole terminal
      --json            as JSON
      --schema          the JSON Schema of what --json prints
      -h, --help        display help for command
    "
  `);
});

test('control', () => {
  expect(helpOf('control')).toMatchInlineSnapshot(`
    "
    Usage: nascent control [options] <run> <command>

    tell the process that works on a run what to do; a paused run keeps its memory and its lease

    Arguments:
      run               the run folder; of a search whose training is running, the training is meant
      command           what to do: pause, resume, checkpoint, stop

    Options:
      --wait <seconds>  how long to wait for the answer (default: 60)
      --json            as JSON
      -h, --help        display help for command
    "
  `);
});

test('completion', () => {
  expect(helpOf('completion')).toMatchInlineSnapshot(`
    "
    Usage: nascent completion [options] <shell>

    print a script that completes nascent in a shell; it says how to use it

    Arguments:
      shell       bash, zsh, fish

    Options:
      -h, --help  display help for command
    "
  `);
});

test('ui', () => {
  expect(helpOf('ui')).toMatchInlineSnapshot(`
    "
    Usage: nascent ui [options] [folder]

    the interface: the runs of a folder, what they do, and what can be done with them

    Arguments:
      folder      the folder that holds the runs (default: "runs")

    Options:
      --ascii     draw with ASCII alone
      -h, --help  display help for command
    "
  `);
});

test('watch', () => {
  expect(helpOf('watch')).toMatchInlineSnapshot(`
    "
    Usage: nascent watch [options] [run]

    watch a run, from any terminal: curves, cells, alphas, log; pause, resume, checkpoint, stop

    Arguments:
      run         the run folder (default: the run in runs that was written to last)

    Options:
      --once      print how it stands now, and end
      --json      print its events as JSON lines, those to come as well, until it ends
      --ascii     draw with ASCII alone
      -h, --help  display help for command
    "
  `);
});

test('no other command, and of these none without a page above', () => {
  const shown = program.commands.map((command) => command.name());
  expect(shown).toEqual(commandNames);
  expect(shown).toEqual([
    'demo',
    'setup',
    'doctor',
    'data',
    'search',
    'derive',
    'train',
    'settings',
    'export',
    'validate',
    'predict',
    'parity',
    'check',
    'run',
    'bench',
    'describe',
    'draw',
    'report',
    'card',
    'runs',
    'ui',
    'watch',
    'compare',
    'control',
    'completion',
  ]);
  const nested = program.commands.flatMap((command) =>
    command.commands.map((each) => `${command.name()} ${each.name()}`),
  );
  expect(nested).toEqual(['data list', 'data get', 'data info']);
});
