#!/usr/bin/env bash
# A real Slurm on this one host, to try kind = "slurm" without a cluster: slurmctld, munged and several slurmd, each
# with a node name of its own. Everything is in one private folder, on ports of its own, without systemd.
#
#   infra/slurm/testbed.sh start FOLDER [NODES]     NODES (3) times 2 cores; says which variable to export
#   infra/slurm/testbed.sh stop FOLDER              ends every job and process, and removes the folder
#
# Partitions: short (jobs of up to two hours), long. The number in FOLDER/max-jobs is how many jobs a user may have.
# Needs root (slurmd starts jobs as their users). Where Slurm or munge is missing it is installed with apt-get.
set -euo pipefail

PACKAGES=(slurmctld slurmd slurm-client munge)

die() { echo "testbed: $1" >&2; exit 2; }

install_missing() {
    local missing=()
    for command in slurmctld slurmd sbatch munged; do
        command -v "$command" > /dev/null || missing+=("$command")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get > /dev/null || die "${missing[*]} missing, and there is no apt-get: install Slurm and munge"
    echo "testbed: installing ${PACKAGES[*]} with apt-get (missing: ${missing[*]})" >&2
    # The packages' own services are not wanted: what they would start is another Slurm.
    local policy=/usr/sbin/policy-rc.d made=""
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' > "$policy"
        chmod 755 "$policy"
        made=yes
    fi
    { apt-get -q -o DPkg::Lock::Timeout=300 update \
        && DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
            install --no-install-recommends "${PACKAGES[@]}"; } > /dev/null || failed=yes
    [ -z "$made" ] || rm -f "$policy"
    [ -z "${failed:-}" ] || die "apt-get could not install ${PACKAGES[*]}; run it by hand to see why"
}

free_ports() {
    python3 - "$1" << 'PYTHON'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in held:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in held))
PYTHON
}

write_settings() {
    local folder=$1 nodes=$2 ports host cores
    read -r -a ports <<< "$(free_ports $((nodes + 1)))"
    host=$(hostname -s)
    cores=2
    {
        echo "ClusterName=testbed"
        echo "SlurmctldHost=$host(127.0.0.1)"
        echo "SlurmctldPort=${ports[0]}"
        echo "SlurmUser=root"
        echo "AuthType=auth/munge"
        echo "AuthInfo=socket=$folder/munge/socket"
        echo "CryptoType=crypto/munge"
        echo "MpiDefault=none"
        echo "ProctrackType=proctrack/linuxproc"
        echo "TaskPlugin=task/none"
        echo "JobAcctGatherType=jobacct_gather/none"
        echo "SelectType=select/cons_tres"
        echo "SelectTypeParameters=CR_Core_Memory"
        echo "SchedulerType=sched/backfill"
        echo "SchedulerParameters=bf_interval=2,sched_interval=2"
        echo "StateSaveLocation=$folder/state"
        echo "SlurmdSpoolDir=$folder/spool/%n"
        echo "SlurmctldPidFile=$folder/run/slurmctld.pid"
        echo "SlurmdPidFile=$folder/run/slurmd-%n.pid"
        echo "SlurmctldLogFile=$folder/log/slurmctld"
        echo "SlurmdLogFile=$folder/log/slurmd-%n"
        echo "ReturnToService=2"
        echo "KillWait=10"
        echo "MinJobAge=86400"
        echo "OverTimeLimit=0"
        # One host has not what several nodes claim together.
        echo "SlurmdParameters=config_overrides"
        echo "JobSubmitPlugins=lua"
        local all=()
        for ((n = 1; n <= nodes; n++)); do
            echo "NodeName=bed$n NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[$n]} CPUs=$cores RealMemory=16000"
            all+=("bed$n")
        done
        local list
        list=$(IFS=,; echo "${all[*]}")
        echo "PartitionName=short Nodes=$list Default=YES MaxTime=02:00:00 State=UP"
        echo "PartitionName=long Nodes=$list MaxTime=INFINITE State=UP"
    } > "$folder/slurm.conf"
    # A site's limit of submitted jobs per user takes its accounting database; this one reads a file, and may change.
    echo 1000 > "$folder/max-jobs"
    cat > "$folder/job_submit.lua" << LUA
-- The table of jobs is made anew once a second at most: those taken in the same second are not in it yet.
local second, taken = 0, 0

function slurm_job_submit(job, partitions, user)
    local file = io.open("$folder/max-jobs")
    local limit = tonumber(file:read("*l"))
    file:close()
    local there = 0
    for _, other in pairs(slurm.jobs) do
        if other.user_id == user and other.job_state % 256 < 3 then there = there + 1 end -- flags above
    end
    if os.time() ~= second then second, taken = os.time(), 0 end
    if there + taken >= limit then return 2050 end -- ESLURM_ACCOUNTING_POLICY
    taken = taken + 1
    return slurm.SUCCESS
end

function slurm_job_modify()
    return slurm.SUCCESS
end

return slurm.SUCCESS
LUA
    # Nothing is confined here, but slurmd wants a plug-in all the same; before 23.11 there is none that does nothing.
    local plugin=disabled version
    version=$(slurmd -V | grep -o '[0-9][0-9]\.[0-9][0-9]' | head -n 1)
    [[ "$version" > 23.10 ]] || plugin=cgroup/v1
    printf 'CgroupPlugin=%s\nCgroupAutomount=no\n' "$plugin" > "$folder/cgroup.conf"
}

start() {
    local folder=$1 nodes=$2
    [ "$(id -u)" -eq 0 ] || die "starting Slurm takes root: slurmd starts jobs as their users"
    [ ! -e "$folder" ] || die "$folder is there already: stop it first, or name another folder"
    install_missing
    mkdir -p "$folder"/{munge,state,spool,run,log}
    folder=$(cd "$folder" && pwd)
    chmod 755 "$folder" "$folder/munge"
    for ((n = 1; n <= nodes; n++)); do mkdir -p "$folder/spool/bed$n"; done
    dd if=/dev/urandom of="$folder/munge/key" bs=128 count=1 status=none
    chmod 600 "$folder/munge/key"
    munged --force --key-file "$folder/munge/key" --socket "$folder/munge/socket" \
        --pid-file "$folder/run/munged.pid" --log-file "$folder/log/munged" --seed-file "$folder/munge/seed"
    write_settings "$folder" "$nodes"
    export SLURM_CONF=$folder/slurm.conf
    slurmctld -i
    for ((n = 1; n <= nodes; n++)); do slurmd -N "bed$n"; done
    for _ in $(seq 300); do
        if [ "$(sinfo -h -p long -t idle -o %D 2> /dev/null || true)" = "$nodes" ]; then
            echo "export SLURM_CONF=$SLURM_CONF"
            return
        fi
        sleep 0.2
    done
    tail -n 5 "$folder"/log/* >&2
    stop "$folder" > /dev/null 2>&1
    die "the nodes were not idle within a minute; the last lines of the logs are above"
}

end_process() {
    local file=$1 pid
    [ -s "$file" ] || return 0
    pid=$(cat "$file")
    kill "$pid" 2> /dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$pid" 2> /dev/null || return 0
        sleep 0.1
    done
    kill -9 "$pid" 2> /dev/null || true
}

stop() {
    local folder=$1
    [ -e "$folder/slurm.conf" ] || [ -e "$folder/munge/key" ] || die "there is no test bed in $folder"
    folder=$(cd "$folder" && pwd)
    export SLURM_CONF=$folder/slurm.conf
    if [ -s "$folder/run/slurmctld.pid" ]; then
        # Slurm knows what it has started, and nobody else does.
        timeout 20 scancel --user=root --full 2> /dev/null || true
        timeout 20 scancel --user=root 2> /dev/null || true
        for _ in $(seq 100); do
            [ -n "$(timeout 5 squeue -h 2> /dev/null || true)" ] || break
            sleep 0.2
        done
    fi
    local file
    for file in "$folder"/run/slurmd-*.pid "$folder/run/slurmctld.pid" "$folder/run/munged.pid"; do
        end_process "$file"
    done
    rm -rf "$folder"
}

case "${1:-} ${2:+folder}" in
    "start folder") start "$2" "${3:-3}" ;;
    "stop folder") stop "$2" ;;
    *) die "write: $0 start FOLDER [NODES], or $0 stop FOLDER" ;;
esac
