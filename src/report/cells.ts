/** How the cells of each task are drawn. */
import type { Genotype } from '../space/space.ts';
import { validateGenotype } from '../space/images/genotype.ts';
import { validateRnnGenotype } from '../space/text/genotype.ts';
import { genotypeDot, rnnGenotypeDot } from './dot.ts';
import { rnnGenotypeSvg } from './rnn-svg.ts';
import { genotypeSvg } from './svg.ts';
import type { GenotypeSvgOptions } from './panels.ts';

export interface CellDrawings {
  svg(genotype: Genotype, options?: GenotypeSvgOptions): string;
  dot(genotype: Genotype, options?: { readonly title?: string }): string;
}

export const cellDrawings: { readonly images: CellDrawings; readonly text: CellDrawings } = {
  images: {
    svg: (genotype, options) => genotypeSvg(validateGenotype(genotype), options),
    dot: (genotype, options) => genotypeDot(validateGenotype(genotype), options),
  },
  text: {
    svg: (genotype, options) => rnnGenotypeSvg(validateRnnGenotype(genotype), options),
    dot: (genotype, options) => rnnGenotypeDot(validateRnnGenotype(genotype), options),
  },
};
