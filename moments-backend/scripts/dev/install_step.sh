#!/bin/sh
# Run one step of an installation: `install_step.sh COMMAND …`. The elapsed time is shown meanwhile. The output is
# shown only when the command fails, followed by one sentence that names the cause and the remedy.
set -u

# pip reports the status of the registry, and its progress, in its log only.
log=$(mktemp 2>/dev/null) || log=
progress=
started=$(date +%s)
finish() {
	if [ -n "$progress" ]; then
		# A shell that was just forked may lose the signal of `kill` without a number.
		kill -KILL "$progress" 2>/dev/null
		wait "$progress" 2>/dev/null
		progress=
	fi
	[ ! -t 2 ] || printf '\r\033[K' >&2
}
trap 'finish; [ -z "$log" ] || rm -f "$log"' EXIT
trap 'exit 130' INT TERM

elapsed() { echo $(($(date +%s) - started)); }

# Print "34 of 127 packages, " while pip works; its log names each package once.
packages() {
	requirements=
	for argument in "$@"; do case "$argument" in */requirements/*.txt) requirements=$argument ;; esac; done
	[ -n "$requirements" ] && [ -s "${log:-}" ] || return 0
	if grep -q 'Installing collected packages' "$log"; then
		printf 'writing the packages, '
	else
		names='^[^ ]* *(Collecting|Ignoring|Requirement already satisfied:?) '
		printf '%s of %s packages, ' "$(grep -Ec "$names" "$log")" "$(grep -c '==' "$requirements")"
	fi
}

# On a terminal, one line is updated each second; a log gets a line every 15 seconds.
show_progress() {
	# The last sleep outlives this script, so it must not keep this directory in use.
	while (cd / && exec sleep "${STEP_INTERVAL:-1}" >/dev/null 2>&1); do
		if [ -t 2 ]; then
			printf '\r  %s%s s\033[K' "$(packages "$@")" "$(elapsed)" >&2
		elif [ $(($(elapsed) - ${shown:-0})) -ge "${STEP_LOG_INTERVAL:-15}" ]; then
			shown=$(elapsed)
			printf '  %s%s s\n' "$(packages "$@")" "$shown" >&2
		fi
	done
}

# In the background, so that Ctrl-C still reaches the command.
show_progress "$@" &
progress=$!
if output=$(PIP_LOG="${log:-/dev/null}" "$@" 2>&1); then
	finish
	[ "$(elapsed)" -lt 3 ] || printf '  Done in %s s\n' "$(elapsed)" >&2
	exit
fi
finish

in_output() { printf '%s\n' "$output" | grep -Eq "$1"; }
# venv hides the error of the pip that it installs.
disk_is_full() { for directory in . "${TMPDIR:-/tmp}"; do df -Pk "$directory"; done | awk '$4 ~ /^[0-9]+$/ && $4 < 20480 { full = 1 } END { exit !full }'; }
in_log() { in_output "$1" || grep -Eqs "$1" "${log:-/dev/null}"; }

printf '%s\n' "$output" | grep -v '^WARNING: ' | tail -n 20 >&2
if in_output 'No space left|ENOSPC|Errno 28|[Qq]uota exceeded' || disk_is_full; then
	cause="The disk is full: free 3 GB in the project's directory and 1 GB in ${TMPDIR:-/tmp}, then repeat the command."
elif in_output 'Permission denied|EACCES|Read-only file system|EROFS'; then
	cause="A file cannot be written: make the project's directory writable for this user, then repeat the command."
elif in_output "command '[^']*(cc|clang|g\+\+)[^']*' failed|(gcc|cc|clang): (command )?not found|Unable to find .*compiler|Python\.h: No such file"; then
	cause="A package has no wheel for this Python and needs a C compiler: use Python 3.11 to 3.14 (PYTHON=python3.12) or install a compiler (Debian and Ubuntu: apt install build-essential)."
elif in_output 'DO NOT MATCH THE HASHES|EINTEGRITY'; then
	cause="A downloaded package differs from its pinned hash: empty the caches (pip cache purge, npm cache clean --force), then repeat the command."
elif in_log 'too many 50[0-9] error responses|50[0-9] Server Error|HTTP error 50[0-9]|npm error code E50[0-9]'; then
	cause="The package registry returned a server error such as 503: repeat the command later, or name a mirror with PIP_INDEX_URL and npm_config_registry."
elif in_log 'CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)'; then
	cause="The certificate of the package registry is not trusted: name the file of your certificate authority with PIP_CERT and NODE_EXTRA_CA_CERTS."
elif in_log 'Failed to establish a new connection|NameResolutionError|Connection refused|(Connect|Read)TimeoutError|E(CONNREFUSED|CONNRESET|NOTFOUND|TIMEDOUT)|EAI_AGAIN'; then
	cause="The package registry cannot be reached: check the network connection and HTTPS_PROXY, then repeat the command."
elif in_output 'No matching distribution found|Could not find a version'; then
	cause="A pinned package has no release for this Python and platform: use Python 3.11 to 3.14 (PYTHON=python3.12) on Linux or macOS."
else
	cause="The step failed for the reason above: $*"
fi
printf '\n%s\n' "$cause" >&2
exit 1
