/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of `fault` that take two CPUs: faults_cpus.c. */
#ifndef TESTS_GUEST_FAULTS_CPUS_H
#define TESTS_GUEST_FAULTS_CPUS_H

/* Each ends in a panic, or returns where no second CPU can be started. */
void fault_with_another(void);
void fault_of_another(void);
void fault_of_both(void);
void fault_deaf_cpu(void);
void fault_busy_cpu(void);

#endif
