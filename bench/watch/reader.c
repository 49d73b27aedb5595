/*
 * Reads what a cycle of `vcpusched watch` needs to know of a host, by libvirt's own library: the least that any program
 * can spend on it. bench/watch.ts measures vcpusched against it.
 *
 *   cc -O2 reader.c -o reader $(pkg-config --cflags --libs libvirt)
 *   ./reader URI CYCLES SECONDS
 */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned long long total;

static void read_domains(virConnectPtr connection)
{
    virDomainStatsRecordPtr *records;
    unsigned int wanted = VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_VCPU | VIR_DOMAIN_STATS_CPU_TOTAL;
    unsigned int flags =
        VIR_CONNECT_GET_ALL_DOMAINS_STATS_RUNNING | VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
    int count = virConnectGetAllDomainStats(connection, wanted, &records, flags);
    if (count < 0) exit(1);
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < records[i]->nparams; j++) {
            virTypedParameterPtr parameter = &records[i]->params[j];
            if (strncmp(parameter->field, "vcpu.", 5) == 0 && parameter->type == VIR_TYPED_PARAM_ULLONG)
                total += parameter->value.ul;
        }
    }
    virDomainStatsRecordListFree(records);
}

static void read_pcpus(virConnectPtr connection)
{
    unsigned char *map;
    unsigned int online;
    int count = virNodeGetCPUMap(connection, &map, &online, 0);
    if (count < 0) exit(1);
    static int fields = 0;
    if (fields == 0 && virNodeGetCPUStats(connection, VIR_NODE_CPU_STATS_ALL_CPUS, NULL, &fields, 0) < 0) exit(1);
    for (int cpu = 0; cpu < count; cpu++) {
        virNodeCPUStats stats[16];
        if (!(map[cpu / 8] & (1 << (cpu % 8)))) continue;
        if (virNodeGetCPUStats(connection, cpu, stats, &fields, 0) < 0) exit(1);
        for (int i = 0; i < fields; i++) total += stats[i].value;
    }
    free(map);
}

int main(int argc, char **argv)
{
    if (argc != 4) return 64;
    virConnectPtr connection = virConnectOpen(argv[1]);
    if (connection == NULL) return 69;
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (int cycle = 0; cycle < atoi(argv[2]); cycle++) {
        read_domains(connection);
        read_pcpus(connection);
        due.tv_sec += atoi(argv[3]);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    }
    virConnectClose(connection);
    printf("%llu\n", total);
    return 0;
}
