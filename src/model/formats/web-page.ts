/** The page of `--format web`. */
import type { ImageCard } from './image-card.ts';

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
#drop { display: block; border: 2px dashed #888; border-radius: .75rem; padding: 2.5rem 1rem; text-align: center; cursor: pointer; }
#drop.over, #drop:focus-within { border-color: #2563eb; background: #2563eb18; }
#drop input { position: absolute; opacity: 0; width: 1px; height: 1px; }
#image { max-width: 100%; max-height: 18rem; margin-top: 1rem; }
table { border-collapse: collapse; width: 100%; margin-top: 1rem; }
td { padding: .2rem .5rem; }
td.score { text-align: right; font-variant-numeric: tabular-nums; width: 5rem; }
td.bar { width: 40%; }
meter { width: 100%; }
small { color: #777; }
`;

/** A page without anything from elsewhere: its policy allows its own server only. */
export function pageOf({ about, labels, size }: ImageCard): string {
  const dataset = about.get('dataset') ?? 'images';
  const few = labels.length > 12 ? `${labels.slice(0, 12).join(', ')} …` : labels.join(', ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; style-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>${escaped(dataset)}: what is on an image</title>
<style>${style}</style>
</head>
<body>
<h1>What is on the image?</h1>
<p>${labels.length} classes of ${escaped(dataset)}: ${escaped(few)}.</p>
<label id="drop">Drop an image here, paste one, or choose a file.<input id="file" type="file" accept="image/*"></label>
<p id="status" role="status">Loading the model … (From a server: a browser loads none for a page that is opened as a file.)</p>
<img id="image" alt="" hidden>
<table><tbody id="scores"></tbody></table>
<p><small>Runs in this browser: the image is not sent anywhere. It is brought to ${size}×${size}. <a href="card.json">About the model</a>.</small></p>
<script type="module" src="page.js"></script>
</body>
</html>
`;
}
