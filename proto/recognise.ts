/**
 * What a file is, when it is not ONNX. People mistake one model format for another; saying which one it is saves them
 * the search.
 */

interface Signature {
  readonly what: string;
  /** Where the bytes stand, and the bytes; text is ASCII. */
  readonly at: number;
  readonly bytes: string;
}

const signatures: readonly Signature[] = [
  { what: 'a PNG image', at: 0, bytes: '\x89PNG' },
  { what: 'a JPEG image', at: 0, bytes: '\xff\xd8\xff' },
  {
    what: 'a zip archive (a PyTorch .pt file, a .keras file and an .npz file are zip archives too)',
    at: 0,
    bytes: 'PK\x03\x04',
  },
  { what: 'a gzip archive', at: 0, bytes: '\x1f\x8b' },
  { what: 'an HDF5 file (Keras saves .h5 files like this)', at: 0, bytes: '\x89HDF' },
  { what: 'a Python pickle', at: 0, bytes: '\x80\x02' },
  { what: 'a Python pickle', at: 0, bytes: '\x80\x04' },
  { what: 'a NumPy array', at: 0, bytes: '\x93NUMPY' },
  { what: 'a GGUF file', at: 0, bytes: 'GGUF' },
  { what: 'an onnxruntime .ort file', at: 4, bytes: 'ORTM' },
  { what: 'a TensorFlow Lite file', at: 4, bytes: 'TFL3' },
  { what: 'a safetensors file', at: 8, bytes: '{"' },
  {
    what: 'a Git LFS pointer: the file itself was never fetched (git lfs pull)',
    at: 0,
    bytes: 'version https://git-lfs',
  },
  { what: 'an HTML page, perhaps an error that was saved as the model', at: 0, bytes: '<!DOCTYPE' },
  { what: 'an HTML page, perhaps an error that was saved as the model', at: 0, bytes: '<!doctype' },
  { what: 'an HTML page, perhaps an error that was saved as the model', at: 0, bytes: '<html' },
  { what: 'XML', at: 0, bytes: '<?xml' },
  { what: 'a program', at: 0, bytes: '\x7fELF' },
];

/** A noun phrase for the file that starts with `bytes`, or undefined where nothing is recognised. */
export function recognise(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'empty';
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  const known = signatures.find(({ at, bytes }) => head.startsWith(bytes, at));
  if (known !== undefined) return known.what;
  if (/^\s*[[{]\s*["[{\]}\d]/.test(head)) return 'JSON';
  // A model begins with the control character 0x08, the tag of its IR version.
  if (/^[\t\n\r\x20-\x7e]+$/.test(head)) return 'text';
  return undefined;
}
