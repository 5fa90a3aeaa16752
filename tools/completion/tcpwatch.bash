# SPDX-License-Identifier: GPL-2.0
# Completion of tcpwatch(8) for bash.  Namespaces, settings and their values
# are asked for where they are.

_tcpwatch_netns()
{
	local path

	for path in /run/netns/*; do
		[[ -e $path ]] && printf '%s\n' "${path##*/}"
	done
}

# Keys; or the value that a key has now.
_tcpwatch_config()
{
	local answer

	answer=$("$@" 2> /dev/null | while read -r first _; do
		printf '%s\n' "$first"
	done)
	printf '%s\n' "$answer"
}

# Names parted by commas: the last one is completed.
_tcpwatch_columns()
{
	local cur=$1 before='' name

	[[ $cur == *,* ]] && before=${cur%,*},
	for name in $2; do
		printf '%s\n' "$before$name"
	done
}

# What may follow a word of a filter; the one before it tells after "=".
_tcpwatch_filter()
{
	local states="listen syn-sent syn-recv estab fin-wait-1 fin-wait-2
		closing time-wait close-wait last-ack unconn all connected
		synchronized bucket big established closed"
	local causes="none in out reuse app timer network destroy memory netns
		seed adopt defer refuse reserved unknown
		data-after-close translated"
	local ops="= != < > <= >="
	local word=$1

	case $word in
	'=' | == | != | eq | ne | neq)
		word=$2
		;;
	esac
	case $word in
	state | exclude | old | new)
		echo "$states"
		;;
	cause)
		echo "$causes"
		;;
	verdict)
		echo "expected confirmed kernel-first wire-only found"
		;;
	role)
		echo "unknown active passive simultaneous"
		;;
	age)
		[[ $word != "$1" ]] || echo "$ops lt gt le ge"
		;;
	src | dst | sport | dport | uid | '<' | '>' | '<=' | '>=' | lt | gt | \
		le | ge)
		;;
	*)
		echo "state exclude old new cause verdict role src dst sport" \
			"dport age uid and or not"
		;;
	esac
}

_tcpwatch()
{
	local commands="show list listeners monitor matrix timewait ports
		ladder doctor serve config help"
	local columns="local peer netns family laddr raddr lport rport bound-if
		state kernel-state cause role age-ns age-is-least handshake-ns
		rtx restarts left-ns timewait-socket uid cgroup sockets drops
		cookies-out cookies-in refused timeout deferred"
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local tool=("${COMP_WORDS[0]}") command='' words='' options='' i
	local common="-j -p -t -n"

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-*N)
			tool+=(-N "${COMP_WORDS[++i]}")
			;;
		-*) ;;
		*)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	if [[ -z $command ]]; then
		case $prev in
		-*N)
			words=$(_tcpwatch_netns)
			[[ $cur != */* ]] || compopt -o default 2> /dev/null
			;;
		*)
			words="$commands"
			options="$common -N -V -h"
			;;
		esac
	fi
	case $command:$prev in
	list:-*o)
		words=$(_tcpwatch_columns "$cur" "$columns")
		compopt -o nospace 2> /dev/null
		;;
	ladder:-*i)
		compopt -o default 2> /dev/null
		;;
	monitor:-*b | monitor:-*c | monitor:--rcvbuf | monitor:--count | \
		ladder:-*c | doctor:-*i | serve:-*l)
		;;
	list:* | monitor:*)
		options="$common -o -l -a -A -4 -6"
		[[ $command == list ]] ||
			options="$common -r -b -c --resync --rcvbuf --count"
		words=$(_tcpwatch_filter "$prev" "${COMP_WORDS[COMP_CWORD - 2]}")
		;;
	show:*)
		options="$common -a -H"
		;;
	listeners:* | matrix:* | timewait:* | ports:*)
		options=$common
		;;
	ladder:*)
		options="$common -c -w -i -T -h"
		;;
	doctor:*)
		options="$common -i -h"
		;;
	serve:*)
		options="$common -l -e -h"
		;;
	config:*)
		options=$common
		while [[ ${COMP_WORDS[i + 1]} == -* ]] && ((i + 1 < COMP_CWORD)); do
			((i++))
		done
		if ((COMP_CWORD - i & 1)); then
			words=$(_tcpwatch_config "${tool[@]}" config)
			words=${words:-max-flows event-queue sweep-ms}
		else
			words=$(_tcpwatch_config "${tool[@]}" config "$prev")
		fi
		;;
	esac
	[[ $cur != -* ]] || words=$options
	# not compgen -W, which would expand what is asked from elsewhere
	read -r -d '' -a tool <<< "$words"
	for i in "${tool[@]}"; do
		[[ $i != "$cur"* ]] || COMPREPLY+=("$i")
	done
}

complete -F _tcpwatch tcpwatch
