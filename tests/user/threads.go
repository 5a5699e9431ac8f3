// SPDX-License-Identifier: BSD-2-Clause

// Goroutines through Go's own runtime, without a C library: its threads, its heap and collector, timers, pipes by
// epoll, and its signals: what runs for long is asked by one to give way.
//
// Neighbours: threads.c.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	threads = 8
	rounds  = 500
)

func must(what string, right bool) {
	if !right {
		fmt.Println("not as on Linux:", what)
		os.Exit(1)
	}
}

func count() {
	var lock sync.Mutex
	var all sync.WaitGroup
	counted := 0
	for i := 0; i < threads; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			runtime.LockOSThread()
			for k := 0; k < rounds; k++ {
				lock.Lock()
				counted++
				lock.Unlock()
			}
		}()
	}
	all.Wait()
	must("what all counted", counted == threads*rounds)
}

func send() {
	numbers, sums := make(chan int), make(chan int)
	for i := 0; i < threads; i++ {
		go func() {
			sum := 0
			for number := range numbers {
				sum += number
			}
			sums <- sum
		}()
	}
	for i := 0; i < rounds; i++ {
		numbers <- i
	}
	close(numbers)
	sum := 0
	for i := 0; i < threads; i++ {
		sum += <-sums
	}
	must("what was sent", sum == rounds*(rounds-1)/2)
}

type node struct {
	left, right *node
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{tree(depth - 1), tree(depth - 1)}
}

func (n *node) size() int {
	if n == nil {
		return 0
	}
	return 1 + n.left.size() + n.right.size()
}

func collect() {
	var all sync.WaitGroup
	kept := tree(12)
	var size int64
	for i := 0; i < threads; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for k := 0; k < 4; k++ {
				atomic.AddInt64(&size, int64(tree(10).size()))
			}
			runtime.GC()
		}()
	}
	all.Wait()
	debug.FreeOSMemory()
	must("trees", size == threads*4*2047 && kept.size() == 8191)
}

func wait() {
	begin := time.Now()
	select {
	case <-make(chan int):
	case <-time.After(20 * time.Millisecond):
	}
	must("time that runs out", time.Since(begin) >= 20*time.Millisecond)

	reader, writer, err := os.Pipe()
	must("os.Pipe", err == nil)
	go func() {
		time.Sleep(time.Millisecond)
		writer.Write([]byte("word"))
		writer.Close()
	}()
	bytes := make([]byte, 8)
	length, err := reader.Read(bytes)
	must("a pipe", err == nil && string(bytes[:length]) == "word")
	_, err = reader.Read(bytes)
	must("its end", err != nil)
}

var spun int64

// It ends only if what computes without an end gives way.
func giveWay() {
	before := runtime.GOMAXPROCS(1)
	go func() {
		for {
			spun++
		}
	}()
	time.Sleep(time.Millisecond)
	runtime.GC()
	runtime.GOMAXPROCS(before)
}

func main() {
	count()
	send()
	collect()
	wait()
	giveWay()
	fmt.Println("threads: all")
}
