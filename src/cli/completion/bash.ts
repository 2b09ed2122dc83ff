/** Completion for bash, 3.2 (macOS) and later. */

import type { CompletedCommand } from './model.ts';
import { flagBranches, names, quoted, valueBranches, walkBranches, wordBranches } from './posix.ts';

export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const offer = (words: readonly string[]) => `words=${quoted(words.join(' '))}`;
  return `# Completion of nascent for bash. For this shell: source <(nascent completion bash)
# For every shell: nascent completion bash > ~/.local/share/bash-completion/completions/nascent

_nascent() {
  local at=nascent position=0 skip= words= each i
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  # bash takes --option=value for three words.
  [[ $word == = ]] && word=
  [[ $previous == = ]] && previous=\${COMP_WORDS[COMP_CWORD - 2]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    each=\${COMP_WORDS[i]}
    [[ $each == = ]] && continue
    if [[ -n $skip ]]; then skip=; continue; fi
    case "$at $each" in
${walkBranches(commands)}
    *' '-*) ;;
    *) position=$((position + 1)) ;;
    esac
  done
  COMPREPLY=()
  # Nothing to offer: bash completes files.
  if [[ $word != -* ]]; then
    case "$at $previous" in
${valueBranches(commands, (words) => `${offer(words)}; previous=`, 'return')}
    esac
    [[ -n $previous ]] && case "$at $position" in
${wordBranches(commands, (inner, path) => offer(names(inner, path)), offer)}
    esac
  else
    case "$at" in
${flagBranches(commands, ({ options }) => offer(options.flatMap(({ flags }) => flags)))}
    esac
  fi
  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$word"))
}

complete -o bashdefault -o default -F _nascent nascent
`;
}
