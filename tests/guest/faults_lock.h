/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks taken wrongly: for faults.c. */
#ifndef TESTS_GUEST_FAULTS_LOCK_H
#define TESTS_GUEST_FAULTS_LOCK_H

/* What a build for debugging knows to be wrong. In others the second returns at once. */
void fault_lock_order(void);
void fault_lock_twice(void);
void fault_lock_sleep(void);

/* As in faults.c: F(name, what it does, what does it) */
#define FAULTS_OF_LOCKS(F)                                                                      \
	F("lock-order", "take two locks against the order (seen by DEBUG=1)", fault_lock_order) \
	F("lock-twice", "take a lock twice (seen, and done, by DEBUG=1)", fault_lock_twice)     \
	F("lock-sleep", "sleep with a lock (seen by DEBUG=1)", fault_lock_sleep)

#endif
