# SPDX-License-Identifier: BSD-2-Clause
"""Slab caches: what they hold and waste, which is the same at each page size."""

import console


class Slab(console.Test):
    SETTINGS = {'MEM': '64M'}

    def cache(self, prompt, name):
        return next(c for c in prompt.json('slab --json')['caches'] if c['name'] == name)

    @console.at_each_granule
    def test_objects_are_counted(self, prompt):
        before = self.cache(prompt, 'kmalloc-112')
        prompt.run('alloc kmalloc 100 200')
        after = self.cache(prompt, 'kmalloc-112')
        self.assertEqual(after['live'] - before['live'], 200)
        # 36 fit a slab, whatever a page is.
        self.assertEqual(after['slabs'], 6)
        self.assertEqual(after['taken_bytes'], 6 * 4096)
        self.assertEqual(after['waste_bytes'], 6 * 4096 - 200 * 112)
        self.assert_lines(prompt.run('slab'), r'^kmalloc-112 +112 +200 +36 +4096 +6 +24 KiB +\S+ \w+$', '^all ')
        self.assertRegex(prompt.run('slab kmalloc-112'),
                         r": 20 live, CPU 0's own, 0 returned to it[\s\S]*"
                         r": 1 slabs a CPU's own, 5 full, 0 in part free with 0 free objects, of these 0 empty and kept")
        prompt.run('free all')

    @console.at_each_granule
    def test_sums_are_those_of_the_caches(self, prompt):
        document = prompt.json('slab --json')
        self.assertEqual(document['page_bytes'], prompt.page_bytes)
        for key in ('slabs', 'taken_bytes', 'live', 'live_bytes', 'waste_bytes'):
            self.assertEqual(document[key], sum(cache[key] for cache in document['caches']), key)
        self.assertEqual(document['taken_bytes'], document['live_bytes'] + document['waste_bytes'])

    @console.at_each_granule
    def test_garbage_is_refused(self, prompt):
        for line in ('slab none', 'slab --jsn', 'slab --json x', 'slab kmalloc-16 x', 'slab -'):
            self.assertRegex(prompt.refuse(line), '^slab: ')


if __name__ == '__main__':
    console.main()
