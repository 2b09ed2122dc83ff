/** Completion for zsh. */

import { nameOf } from './model.ts';
import type { CompletedCommand } from './model.ts';
import { flagBranches, quoted, valueBranches, walkBranches, wordBranches } from './posix.ts';

export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const offer = (words: readonly string[]) => `compadd -- ${words.map(quoted).join(' ')}; return`;
  return `#compdef nascent
# Completion of nascent for zsh. For this shell: source <(nascent completion zsh)
# For every shell: nascent completion zsh > a folder of $fpath/_nascent

_nascent() {
  local at=nascent skip= each
  local -i position=0 i
  local word=\${words[CURRENT]} previous=\${words[CURRENT-1]}
  local -a offered
  for ((i = 2; i < CURRENT; i++)); do
    each=\${words[i]}
    if [[ -n $skip ]]; then skip=; continue; fi
    case "$at $each" in
${walkBranches(commands)}
    *' '-*) ;;
    *) position+=1 ;;
    esac
  done
  # --option=value is one word; what is completed is what comes after the sign.
  if [[ $word == -*=* ]]; then
    previous=\${word%%=*}
    compset -P '*='
    word=
  fi
  if [[ $word != -* ]]; then
    case "$at $previous" in
${valueBranches(commands, offer, '_files; return')}
    esac
    case "$at $position" in
${wordBranches(
  commands,
  (inner, path) =>
    `offered=(${inner.map((each) => described(nameOf(each, path), each.description)).join(' ')}); _describe command offered; return`,
  offer,
)}
    esac
    _files
  else
    case "$at" in
${flagBranches(
  commands,
  ({ options }) =>
    `offered=(${options.flatMap(({ flags, description }) => flags.map((flag) => described(flag, description))).join(' ')})`,
)}
    esac
    _describe option offered
  fi
}

if [[ $funcstack[1] == _nascent ]]; then
  _nascent "$@"
else
  compdef _nascent nascent
fi
`;
}

/** As `_describe` takes it: a colon between. */
function described(word: string, description: string): string {
  return quoted(`${word.replaceAll(':', String.raw`\:`)}:${description}`);
}
