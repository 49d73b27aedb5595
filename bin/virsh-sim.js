#!/usr/bin/env node
import('../dist/virsh-sim.js');
