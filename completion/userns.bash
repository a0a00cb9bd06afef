# SPDX-License-Identifier: MIT
# Completion of userns(1) for bash.

# The words of the line as they were typed, in `words`; bash itself also cuts them at = : and @. Where each
# begins in COMP_WORDS stands in `places`.
_userns_words() {
  local line=$COMP_LINE rest i
  words=() places=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    rest=${line#"${line%%[![:space:]]*}"}
    if [[ $i -eq 0 || $rest != "$line" ]]; then
      words+=("${COMP_WORDS[i]}") places+=("$i")
    else
      words[-1]+=${COMP_WORDS[i]}
    fi
    line=${rest#"${COMP_WORDS[i]}"}
  done
}

# Sets `option` to the one whose argument is the current word, and `program` to the place of the first operand.
_userns_position() {
  local i word
  local valued='setuid|setgid|bind|fsid-map|root|wd|map-users|map-groups|setgroups|propagation|uid-map|gid-map|preserve-fds'
  option='' program=0
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    word=${words[i]}
    if [[ $option ]]; then
      option=''
      continue
    fi
    if [[ $word == -- ]]; then
      program=$((i + 1))
    elif [[ $word =~ ^--($valued)$ ]]; then
      option=$word
    elif [[ $word =~ ^-[^-SGRw]*[SGRw]$ ]]; then
      option=-${word: -1}
    elif [[ $word != -?* ]]; then
      program=$i
    fi
    ((program == 0)) || return
  done
  [[ $option || ${words[i]} == -* ]] || program=$i
}

# Adds what the words of $1 or, with more arguments, compgen itself makes of the value $value.
_userns_add() {
  local candidate
  while IFS= read -r candidate; do
    COMPREPLY+=("$candidate")
  done < <(compgen "$@" -- "$value")
}

_userns_paths() {
  compopt -o filenames 2>/dev/null
  _userns_add "$1"
}

# SOURCE:TARGET, of which the part behind the last colon is being typed; or ro behind both.
_userns_bind() {
  local before=${value%"${value##*:}"}
  value=${value##*:}
  if [[ $before == *:*: ]]; then _userns_add -W ro
  else
    compopt -o nospace 2>/dev/null
    _userns_paths -d
  fi
  COMPREPLY=("${COMPREPLY[@]/#/"$before"}")
}

# The argument of $option, of which $value is typed.
_userns_value() {
  case $option in
    --setgroups) _userns_add -W 'allow deny' ;;
    --propagation) _userns_add -W 'private shared slave unchanged' ;;
    --kill-child) _userns_add -W "$(compgen -A signal SIG)" ;;
    --map-users | --map-groups) _userns_add -W 'auto all' ;;
    --bind) _userns_bind ;;
    --fsid-map)
      compopt -o nospace 2>/dev/null
      _userns_add -W 'u: g: b:'
      ;;
    --root | --wd | --mount-proc | -R | -w) _userns_paths -d ;;
    --uid-map | --gid-map)
      if [[ $value == @* ]]; then
        value=${value#@}
        _userns_paths -f
        COMPREPLY=("${COMPREPLY[@]/#/@}")
      elif [[ ! $value ]]; then
        compopt -o nospace 2>/dev/null
        COMPREPLY=(@)
      fi
      ;;
  esac
}

# An option, or the argument of one.
_userns_option() {
  local before=''
  if [[ ! $option && $value == --*=* ]]; then
    option=${value%%=*} before=${value%%=*}=
    value=${value#*=}
  fi
  if [[ $option ]]; then
    _userns_value
    COMPREPLY=("${COMPREPLY[@]/#/"$before"}")
  else
    _userns_add -W '
      -m --mount -u --uts -i --ipc -n --net -p --pid -C --cgroup -T --time
      -r --map-root-user -c --map-current-user --map-users --map-groups --map-auto --uid-map --gid-map --setgroups
      -S --setuid -G --setgid --keep-caps --no-new-privs --disable-userns
      -f --fork --kill-child --preserve-fds
      --propagation --mount-proc --bind --fsid-map -R --root -w --wd
      -h --help -V --version'
  fi
}

_userns() {
  local words places option program value
  COMPREPLY=()
  _userns_words
  _userns_position
  value=${words[-1]}
  if ((program == 0)); then _userns_option
  elif declare -F _command_offset >/dev/null; then _command_offset "${places[program]}" && return
  elif ((program == ${#words[@]} - 1)); then _userns_add -c
  else _userns_paths -f; fi
  # What readline replaces is $2 alone, which begins behind the last = : or @.
  COMPREPLY=("${COMPREPLY[@]#"${words[-1]%"$2"}"}")
}

complete -F _userns userns
