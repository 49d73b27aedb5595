# A virsh that reads lines as the real one does, and runs what it knows: `echo`, and the functions that are there.
# It says `more` behind each `echo --err`, in one piece.
echo $$ >>"${0%/*}/pids"
say() { if [ "$1" = --err ]; then printf 'error: %s\n%s' "$2" "$more" >&2; else printf %s "$1"; fi; }
one() { word=$1; shift; case $word in echo) say "$@" ;; *) "$word" "$@" ;; esac; echo; }
prompt() { printf 'virsh # '; }
printf 'Welcome\n\n'
prompt
while IFS= read -r line; do
  # A long line is scrolled.
  if [ ${#line} -lt 71 ]; then echo "$line"; else printf '\r<%s\n' "${line#????????????????????????????????????????}"; fi
  case $line in
    *unknown*) echo 'error: unknown command' >&2 ;;
    *) IFS=';'; set -f; for each in $line; do IFS=' '; one $each; IFS=';'; done; unset IFS ;;
  esac
  prompt
done
echo
