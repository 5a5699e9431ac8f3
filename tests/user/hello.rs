// SPDX-License-Identifier: BSD-2-Clause
//! Hello through Rust's standard library, linked statically with glibc: its start (sigaltstack, the stack's
//! guard, signals), its heap and its buffers.
//!
//! Neighbours: hello.c.

extern "C" {
    fn getpagesize() -> i32;
}

fn main() {
    let name = std::env::args().next().unwrap_or_else(|| "nobody".to_string());
    let numbers: Vec<u64> = (0..100_000).collect();
    assert_eq!(numbers.iter().sum::<u64>(), 4_999_950_000);
    println!("hello from {}, pages of {}", name, unsafe { getpagesize() });
}
