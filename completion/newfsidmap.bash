# SPDX-License-Identifier: MIT
# Completion of newfsidmap(1) for bash.

# Sets `operands` to the number of operands before the current word, `ended` if no option can follow, `way` to --bind,
# --fd or nothing, and `argument` if the word is that of --fd. bash cuts words at = and : besides; behind the process
# id that does not matter.
_newfsidmap_position() {
  local i word
  operands=0 ended='' way='' argument=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $argument ]]; then
      [[ $word == = ]] || argument=''
    elif [[ ! $ended && $word == -?* ]]; then
      case $word in
        --) ended=yes ;;
        --bind) way=--bind ;;
        --fd) way=--fd argument=yes ;;
      esac
    else
      ended=yes
      ((operands += 1))
    fi
  done
}

# The own processes that are in another user namespace than the shell.
_newfsidmap_processes() {
  local folder
  for folder in /proc/[0-9]*; do
    if [[ -O $folder && -e $folder/ns/user && ! $folder/ns/user -ef /proc/self/ns/user ]]; then
      printf '%s\n' "${folder#/proc/}"
    fi
  done
}

# Adds what compgen makes of the current word.
_newfsidmap_add() {
  local candidate
  while IFS= read -r candidate; do
    COMPREPLY+=("$candidate")
  done < <(compgen "$@" -- "$value")
}

_newfsidmap() {
  local operands ended way argument paths value=$2
  COMPREPLY=()
  _newfsidmap_position
  case $way in
    --bind) paths=2 ;;
    --fd) paths=1 ;;
    *) paths=0 ;;
  esac
  if [[ $argument ]]; then
    return
  elif [[ ! $ended && $value == -* ]]; then
    _newfsidmap_add -W '--bind --fd --read-only --noexec --help --version'
  elif ((operands < paths)); then
    compopt -o filenames 2>/dev/null
    _newfsidmap_add -d
  elif ((operands == paths)); then
    _newfsidmap_add -W "$(_newfsidmap_processes)"
  elif [[ ${COMP_WORDS[COMP_CWORD]} != : && ${COMP_WORDS[COMP_CWORD - 1]} != : ]]; then
    compopt -o nospace 2>/dev/null
    _newfsidmap_add -W 'u: g: b:'
  fi
}

complete -F _newfsidmap newfsidmap
