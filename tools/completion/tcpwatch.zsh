#compdef tcpwatch
# SPDX-License-Identifier: GPL-2.0
# Completion of tcpwatch(8) for zsh.  Namespaces, settings and their values
# are asked for where they are.

_tcpwatch_commands()
{
	local -a commands=(
		'show:a summary of all states'
		'list:connections, those that a filter lets pass'
		'listeners:where somebody listens, and what happened there'
		'monitor:each transition as it happens'
		'matrix:how often each transition happened, and why'
		'timewait:how long TIME-WAIT really lasts, and who is in it'
		'ports:destinations that take many local ports'
		'ladder:draws each connection as a ladder when it is over'
		'doctor:what is wrong, why, and what to do'
		'serve:metrics, JSON and a page over HTTP'
		'config:settings'
		'help:commands and options'
	)

	_describe command commands
}

_tcpwatch_netns()
{
	local -a names=(/run/netns/*(N:t))

	_alternative 'names:network namespace:compadd -a names' \
		'files:file:_files' 'pids:process:_pids'
}

_tcpwatch_columns()
{
	_values -s , column local peer netns family laddr raddr lport rport \
		bound-if state kernel-state cause role age-ns age-is-least \
		handshake-ns rtx restarts left-ns timewait-socket uid cgroup \
		sockets drops cookies-out cookies-in refused timeout deferred
}

_tcpwatch_filter()
{
	local -a states=(listen syn-sent syn-recv estab fin-wait-1 fin-wait-2
		closing time-wait close-wait last-ack unconn all connected
		synchronized bucket big established closed)
	local -a causes=(none in out reuse app timer network destroy memory
		netns seed adopt defer refuse reserved unknown
		data-after-close translated)
	local -a verdicts=(expected confirmed kernel-first wire-only
		found)
	local -a roles=(unknown active passive simultaneous)
	local -a tests=(state exclude old new cause verdict role src dst sport
		dport age uid and or not)
	local -a ops=('=' '!=' '<' '>' '<=' '>=' lt gt le ge)
	local word=$words[CURRENT-1]

	case $word in
	('='|'=='|'!='|eq|ne|neq) word=$words[CURRENT-2] ;;
	esac
	case $word in
	(state|exclude|old|new) compadd -a states ;;
	(cause) compadd -a causes ;;
	(verdict) compadd -a verdicts ;;
	(role) compadd -a roles ;;
	(age) compadd -a ops ;;
	(src|dst|sport|dport|uid|'<'|'>'|'<='|'>='|lt|gt|le|ge)
		_message address, port or number ;;
	(*) compadd -a tests ;;
	esac
}

# Keys and their values in turn.
_tcpwatch_config()
{
	local -a given=(${(M)words[2,CURRENT-1]:#[^-]*}) keys values
	local line

	if (( $#given % 2 )); then
		values=(${(f)"$(_call_program values $_tcpwatch_tool config \
			$words[CURRENT-1] 2> /dev/null)"})
		compadd -a values
		return
	fi
	for line in ${(f)"$(_call_program keys $_tcpwatch_tool config \
			2> /dev/null)"}; do
		keys+=(${line%% *})
	done
	(( $#keys )) || keys=(max-flows event-queue sweep-ms)
	compadd -a keys
}

_tcpwatch()
{
	local curcontext=$curcontext state line ret=1
	local -A opt_args
	local -a _tcpwatch_tool=(tcpwatch)
	local -a common=(
		'-j[JSON]'
		'-p[with line breaks]'
		'-t[with times]'
		'-n[users by number]'
	)
	local -a help=('-h[help]')

	_arguments -s -C : $common \
		'-N[of a network namespace]:network namespace:_tcpwatch_netns' \
		'(- *)-V[the version]' '(- *)-h[help]' \
		'1:command:_tcpwatch_commands' '*::argument:->arguments' && ret=0
	[[ $state == arguments ]] || return ret
	(( $+opt_args[-N] )) && _tcpwatch_tool+=(-N $opt_args[-N])
	curcontext=${curcontext%:*}-$words[1]:
	case $words[1] in
	(show)
		_arguments -s : $common '-a[of all network namespaces]' \
			'-H[with histograms]' ;;
	(list)
		_arguments -s : $common \
			'-o[columns]:columns:_tcpwatch_columns' \
			'-l[listeners only]' '-a[listeners, too]' \
			'-A[of all network namespaces]' '-4[IPv4]' '-6[IPv6]' \
			'*:filter:_tcpwatch_filter' ;;
	(monitor)
		_arguments -s : $common \
			'(-r --resync)'{-r,--resync}'[tell all connections at the beginning and after losses]' \
			'(-b --rcvbuf)'{-b,--rcvbuf}'[receive buffer]:bytes:' \
			'(-c --count)'{-c,--count}'[end after so many]:transitions:' \
			'*:filter:_tcpwatch_filter' ;;
	(ladder)
		_arguments -s : $common $help '-T[no times]' \
			'-c[end after so many]:connections:' \
			'-w[do not wait for the end of TIME-WAIT]' \
			'-i[events of monitor -j]:file:_files' \
			'*:address and port:' ;;
	(doctor)
		_arguments -s : $common $help \
			'-i[time between two looks]:seconds:' ;;
	(serve)
		_arguments -s : $common $help \
			'-l[where to listen]:address and port:' \
			'-e[tell of single connections, too]' ;;
	(config)
		_arguments -s : $common '*:setting:_tcpwatch_config' ;;
	(listeners|matrix|timewait|ports)
		_arguments -s : $common ;;
	esac
}

_tcpwatch "$@"
