// SPDX-License-Identifier: MIT
//
// usernsctl completion: the completion for bash, made from the commands so that it names what they have. The build
// runs it; people do not need to.
import type { Command } from "commander";

/** What compgen offers for an argument, by the name that the help gives it. */
const offers: Readonly<Record<string, string>> = { user: "-u", file: "-f", files: "-f", dir: "-d" };

/** Adds the command, which the help does not list. */
export function completion(program: Command): void {
  program
    .command("completion", { hidden: true })
    .helpOption(false)
    .action(() => {
      process.stdout.write(script(program));
    });
}

/** The branches of the script for a command: its options' arguments, then what else can stand there. */
function branches(command: Command): string[] {
  const name = command.name();
  const options = command.options.filter((option) => !option.hidden);
  const valued = options
    .filter((option) => option.required)
    .map((option) => {
      const offer = offers[/<([a-z]+)/.exec(option.flags)?.[1] ?? ""];
      const words = option.argChoices ? `-W '${option.argChoices.join(" ")}'` : offer;
      return `    ${name}:${option.long}) ${words ? `_usernsctl_add ${words} ` : ""};;`;
    });
  const flags = [...options.map((option) => option.long), "--help"].join(" ");
  const operand = offers[command.registeredArguments[0]?.name() ?? ""];
  return [
    ...valued,
    `    ${name}:*)`,
    `      if [[ $value == -* ]]; then _usernsctl_add -W '${flags}'`,
    ...(operand ? [`      else _usernsctl_add ${operand}`] : []),
    "      fi",
    "      ;;",
  ];
}

function script(program: Command): string {
  const commands = program.createHelp().visibleCommands(program);
  const names = commands.map((command) => command.name()).join(" ");
  return `# SPDX-License-Identifier: MIT
# Completion of usernsctl(8) for bash.

# Adds what compgen makes of the current word.
_usernsctl_add() {
  local candidate
  [[ $1 == -[df] ]] && compopt -o filenames 2>/dev/null
  while IFS= read -r candidate; do
    COMPREPLY+=("$candidate")
  done < <(compgen "$@" -- "$value")
}

# bash cuts words at = besides.
_usernsctl() {
  local value=$2 previous=$3 command=''
  COMPREPLY=()
  ((COMP_CWORD > 1)) && command=\${COMP_WORDS[1]}
  [[ $previous == = ]] && previous=\${COMP_WORDS[COMP_CWORD - 2]}
  [[ \${COMP_WORDS[COMP_CWORD]} == = ]] && value=''
  case $command:$previous in
    :*) _usernsctl_add -W '${names} --help --version' ;;
${commands.flatMap(branches).join("\n")}
  esac
}

complete -F _usernsctl usernsctl
`;
}
