/** The published sets of images whose files are records of one size. */

import type { Release } from '../release.ts';
import { cifar10 } from './cifar10.ts';
import { cifar100 } from './cifar100.ts';
import { fashionMnist } from './fashion-mnist.ts';
import { mnist } from './mnist.ts';
import { svhn } from './svhn.ts';

export const releases: readonly Release[] = [cifar10, cifar100, mnist, fashionMnist, svhn];
