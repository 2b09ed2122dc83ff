/** Top-5: whether the right class is among the five that a model holds most likely. */

/** With fewer classes than this, five guesses say little. */
const fewestClasses = 11;

/** Whether datasets with so many classes are measured by five guesses, too, as is the custom for ImageNet. */
export function hasTopFive(classes: number): boolean {
  return classes >= fewestClasses;
}

/** Whether fewer than five of an image's logits come before that of `label`. Of equal ones, the first does. */
export function isInTopFive(logits: ArrayLike<number>, label: number): boolean {
  const right = logits[label] ?? -Infinity;
  let before = 0;
  for (let k = 0; k < logits.length; k++) {
    const logit = logits[k] ?? -Infinity;
    if (logit > right || (logit === right && k < label)) before += 1;
    if (before === 5) return false;
  }
  return true;
}
