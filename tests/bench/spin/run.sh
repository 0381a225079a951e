#!/usr/bin/env bash
# The scope `peer` in SPIN, and in vmacheck if its binary is given: same states, same transitions, and what each costs.
#
#   run.sh P [VMACHECK]         P pages, 2 to 7, with the model peer.pml
#   FLAT=1 run.sh P ...         this model's other form: about as fast, less memory, longer to compile
#   MODEL=list run.sh P ...     with peer_list.pml
#   MODEL=objects run.sh P ...  with peer_objects.pml, P 2 to 6: the shapes of all trees are part of a state (vmacheck:
#                               --keep-shape)
#   BFS=1 MODEL=objects ...     SPIN searches breadth first, which is what makes counterexamples shortest; depths are
#                               compared too
#
# CPU seconds are user + system of the search alone; SPIN's compilation is not counted. The peak RSS is all of the
# process, so bytes a state mean something from P = 6 on. Exit status: 0, 1 if anything is not as it must be, 2 for wrong
# usage, 77 if a tool is missing.
set -euo pipefail

usage() {
    echo "usage: [MODEL=peer|list|objects] run.sh P [VMACHECK]" >&2
    echo "       (P: 2 to 7; objects: 2 to 6; FLAT=1: peer only; BFS=1: objects only)" >&2
    exit 2
}

fail() {
    echo "run.sh: $*" >&2
    exit 1
}

[[ $# -ge 1 && $# -le 2 && $1 =~ ^[2-7]$ ]] || usage
pages=$1
model=${MODEL:-peer}
flat=${FLAT:-0}
breadth_first=${BFS:-0}
[[ $model =~ ^(peer|list|objects)$ ]] || usage
[[ $model == peer || $flat != 1 ]] || usage
[[ $model != objects || $pages -le 6 ]] || usage
[[ $model == objects || $breadth_first != 1 ]] || usage
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vmacheck=
if [[ $# -eq 2 ]]; then
    [[ -f $2 && -x $2 ]] || fail "$2 is not a program"
    vmacheck=$(realpath "$2")
fi
for tool in spin gcc; do
    if ! command -v "$tool" >/dev/null; then
        echo "run.sh: $tool is missing"
        exit 77
    fi
done

# -m: the search stack, which SPIN fills with zeros at the start, so that all of it is resident: no more than is needed.
# -w: log2 of the hash table's slots, two to four slots a state from P = 5 on; fewer are slower.
# known: states and transitions.
form=()
shape=()
file=peer.pml
case $pages in
    2) depth=100 flat_depth=100 slots=10 known="26 374" ;;
    3) depth=500 flat_depth=500 slots=10 known="192 5475" ;;
    4) depth=4000 flat_depth=1500 slots=11 known="1466 68693" ;;
    5) depth=30000 flat_depth=10000 slots=15 known="13914 973087" ;;
    6) depth=300000 flat_depth=101000 slots=18 known="128449 12462235" ;;
    7) depth=2950000 flat_depth=990000 slots=22 known="1239828 159026378" ;;
esac
if [[ $flat == 1 ]]; then
    form=(-DFLAT)
    depth=$flat_depth
fi
if [[ $model == list ]]; then
    file=peer_list.pml
    depth=$((depth + depth / 20))
elif [[ $model == objects ]]; then
    file=peer_objects.pml
    shape=(--keep-shape --fingerprint off) # the sum over all shapes means nothing
    case $pages in
        2) depth=100 slots=10 known="45 681" ;;
        3) depth=500 slots=10 known="312 8890" ;;
        4) depth=5500 slots=13 known="4046 194266" ;;
        5) depth=100000 slots=18 known="71495 5174646" ;;
        6) depth=2100000 slots=22 known="1435862 144718868" ;;
    esac
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Both programs are measured by this one: /usr/bin/time may not be installed, and bash cannot tell the peak RSS.
cat >measure.c <<'END'
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int status;
    struct rusage use;
    FILE *out;
    pid_t child = argc > 2 ? fork() : -1;
    if (child < 0) return 125;
    if (child == 0) {
        execv(argv[2], argv + 2);
        _exit(127);
    }
    if (wait4(child, &status, 0, &use) != child) return 125;
    out = fopen(argv[1], "w");
    if (!out) return 125;
    fprintf(out, "%.6f %ld\n",
            use.ru_utime.tv_sec + use.ru_stime.tv_sec + (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6, use.ru_maxrss);
    if (fclose(out)) return 125;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
END
gcc -O1 -o measure measure.c

# report NAME STATES TRANSITIONS: one line; `measured` has CPU seconds and the peak RSS in KiB.
report() {
    awk -v name="$1" -v states="$2" -v transitions="$3" '{
        cpu = $1 > 0 ? $1 : 1e-6
        printf "%-8s  P=%d  states %d  transitions %d  cpu %.2f s  %.2f M transitions/s  %.0f bytes/state peak RSS\n",
            name, pages, states, transitions, cpu, transitions / cpu / 1e6, $2 * 1024 / states
    }' pages="$pages" measured
    awk -v transitions="$3" '{ print transitions / ($1 > 0 ? $1 : 1e-6) }' measured >"rate.$1"
}

search=()
if [[ $breadth_first == 1 ]]; then
    form=(-DBREADTH_FIRST)
    search=(-DBFS)
fi
spin -a -DP="$pages" "${form[@]}" "$here/$file" >spin.log 2>&1 || {
    cat spin.log >&2
    fail "spin does not take the model"
}
# Counts in full: SPIN prints eight digits, too few for P = 7.
sed -i 's/%9\.8g/%12.15g/' pan.c
# SPIN refuses hidden variables here, as they could carry something from one step to the next. These never do.
[[ $breadth_first != 1 ]] || sed -i '/#error cannot use BFS on models with variables declared hidden/d' pan.h
# The fastest of those measured. NOCOMP gains most: the state vector is stored as it is. Nothing here makes the search
# incomplete: no step is left out for another process's (NOREDUCE), and indices are in bounds.
gcc -O2 -w -DSAFETY -DNOREDUCE -DNOBOUNDCHECK -DNOFAIR -DNOCOMP "${search[@]}" -o pan pan.c

status=0
./measure measured ./pan -m"$depth" -w"$slots" -n >pan.log 2>&1 || status=$?
if [[ $status -ne 0 ]] || grep -Eqi 'error:|warning|too small|out of memory|memory limit|resource|truncated|not completed' pan.log ||
    ! grep -q 'errors: 0$' pan.log; then
    cat pan.log >&2
    fail "SPIN's search is not complete (exit status $status)"
fi
spin_states=$(awk '/states, stored$/ { printf "%d", $1 }' pan.log)
spin_transitions=$(awk '/transitions \(= stored\+matched\)$/ { printf "%d", $1 - 1 }' pan.log)
[[ -n $spin_states && -n $spin_transitions ]] || fail "SPIN's output has no counts"
report SPIN "$spin_states" "$spin_transitions"

spin_depth=
if [[ $breadth_first == 1 ]]; then
    spin_depth=$(sed -n 's/.*depth reached \([0-9]*\),.*/\1/p' pan.log)
    [[ -n $spin_depth ]] || fail "SPIN's output has no depth"
fi
[[ "$spin_states $spin_transitions" == "$known" ]] || fail "states and transitions should be $known"

[[ -n $vmacheck ]] || exit 0

# count NAME: the first field of this name in vmacheck's JSON.
count() {
    awk -v name="$1" '
        match($0, "\"" name "\"[ \t]*:[ \t]*[0-9]+") {
            field = substr($0, RSTART, RLENGTH)
            sub(/.*:[ \t]*/, "", field)
            print field
            exit
        }' vmacheck.json
}

./measure measured "$vmacheck" explore --scope peer --pages "$pages" "${shape[@]}" --jobs 1 \
    --format json --progress none >vmacheck.json 2>vmacheck.log || {
    status=$?
    cat vmacheck.log vmacheck.json >&2
    fail "vmacheck fails (exit status $status)"
}
states=$(count states)
transitions=$(count transitions)
[[ -n $states && -n $transitions ]] || fail "vmacheck's JSON has no states or no transitions"
report vmacheck "$states" "$transitions"
[[ "$states $transitions" == "$spin_states $spin_transitions" ]] || fail "the two do not agree"
[[ -z $spin_depth || $(count depth) == "$spin_depth" ]] || fail "the two do not agree about the depth"
awk -v a="$(cat rate.vmacheck)" -v b="$(cat rate.SPIN)" \
    'BEGIN { printf "vmacheck/SPIN  %.2f times the transitions per CPU second\n", a / b }'
