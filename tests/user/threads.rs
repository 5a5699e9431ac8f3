// SPDX-License-Identifier: BSD-2-Clause
//! Threads through Rust's standard library: channels, locks and condition variables (futexes), threads that
//! borrow, thread-local values, and parking.
//!
//! Neighbours: threads.c.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

const THREADS: usize = 8;
const ROUNDS: usize = 500;

thread_local!(static OWN: Cell<usize> = Cell::new(7));

fn count() {
    let (counter, meeting) = (Arc::new(Mutex::new(0)), Arc::new(Barrier::new(THREADS)));
    let threads: Vec<_> = (0..THREADS)
        .map(|number| {
            let (counter, meeting) = (counter.clone(), meeting.clone());
            thread::spawn(move || {
                assert_eq!(OWN.with(|own| own.replace(number)), 7);
                meeting.wait();
                for _ in 0..ROUNDS {
                    *counter.lock().unwrap() += 1;
                }
                OWN.with(Cell::get)
            })
        })
        .collect();
    let sum: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!((sum, *counter.lock().unwrap()), (THREADS * (THREADS - 1) / 2, THREADS * ROUNDS));
}

fn send() {
    let (sender, receiver) = mpsc::sync_channel::<Vec<usize>>(2);
    for number in 0..THREADS {
        let sender = sender.clone();
        thread::spawn(move || (0..ROUNDS / 10).for_each(|round| sender.send(vec![number; round]).unwrap()));
    }
    drop(sender);
    let sum: usize = receiver.iter().map(|numbers| numbers.iter().sum::<usize>()).sum();
    let rounds = ROUNDS / 10;
    assert_eq!(sum, rounds * (rounds - 1) / 2 * (THREADS * (THREADS - 1) / 2));
}

fn borrow() {
    let mut numbers: Vec<usize> = (0..100_000).collect();
    let highest = AtomicUsize::new(0);
    thread::scope(|scope| {
        for part in numbers.chunks_mut(10_000) {
            let highest = &highest;
            scope.spawn(move || {
                part.iter_mut().for_each(|number| *number *= 2);
                highest.fetch_max(part[part.len() - 1], Ordering::Relaxed);
            });
        }
    });
    assert_eq!((numbers.iter().sum::<usize>(), highest.into_inner()), (9_999_900_000, 199_998));
}

fn wait() {
    let pair = (Mutex::new(false), Condvar::new());
    let begin = Instant::now();
    let ended = pair.1.wait_timeout_while(pair.0.lock().unwrap(), Duration::from_millis(20), |done| !*done);
    assert!(ended.unwrap().1.timed_out() && begin.elapsed() >= Duration::from_millis(20));
    let parked = thread::spawn(thread::park);
    parked.thread().unpark();
    parked.join().unwrap();
    let both = RwLock::new(1);
    assert_eq!(*both.read().unwrap() + *both.read().unwrap(), 2);
}

fn main() {
    count();
    send();
    borrow();
    wait();
    println!("threads: all");
    // It ends while this one doesn't.
    thread::spawn(|| loop {
        thread::yield_now();
    });
}
