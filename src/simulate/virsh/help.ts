/** What `virsh-sim help` prints. */
export const help = `virsh-sim: a simulated libvirt host that speaks virsh 9.0

  virsh-sim init DIR SCENARIO.toml      makes a host, with its state in DIR
  virsh-sim -c sim://DIR COMMAND ...    runs a virsh command on it (DIR absolute)
  virsh-sim -c sim://DIR 'A; B; C'      runs several, as virsh does
  virsh-sim -c sim://DIR                reads commands, line by line

The host lives on between the calls: its clock is the real one. Without -c the
directory is taken from VIRSH_DEFAULT_CONNECT_URI, LIBVIRT_DEFAULT_URI or
VIRSH_SIM_DIR.

virsh's options: -c URI, -r, -q, -v, -h; -d, -e, -k, -K, -l and -t have no effect.
virsh's commands: capabilities destroy domid domjobinfo domname domstate domstats
  domuuid dumpxml echo hostname list metadata nodecpumap nodecpustats
  nodedev-dumpxml nodeinfo resume setvcpus start suspend uri vcpuinfo vcpupin
  version

Its own commands, over a connection as well:
  demand DOMAIN PERCENT [--vcpu N]      what a domain, or one vCPU of it, wants from now on
  pcpu N online|offline                 takes a pCPU of the host away, or brings it back
  background N PERCENT                  what the host itself runs on a pCPU from now on
They also take the directory in front: virsh-sim demand DIR DOMAIN PERCENT.

DIR/calls.log gets a line for each call, and each line that is read, its words as JSON.

Faults, for tests: words in VIRSH_SIM_FAULT or in the file DIR/fault.
  unreachable   no daemon behind the socket
  denied        the socket may not be opened
  polkit        the polkit daemon does not let the user in
  hang          the call never ends
  slow=MS       the call begins so much later
  truncate      stdout breaks off in the middle
  garble        letters among the digits of stdout
  nodelay       no vcpu.N.delay, as before libvirt 7.2
  missing-time  no vcpu.N.time, as of a domain that is busy
  pin-fails     vcpupin is refused
The last three meet all vCPUs, or one: pin-fails=guest-1/0.
`;
