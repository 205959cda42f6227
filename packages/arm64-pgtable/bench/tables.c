// The same builds and walks as tables.bench.ts, in plain C. Prints nanoseconds for one leaf entry, or for one walk.
// Builds go the plain way: from the root for each run, leaf by leaf, and each table is zeroed; pages and runs are not checked.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGE 4096ull
#define ARENA (256ull << 20)
#define WALKS 4096
#define ACCESSED (1ull << 10)
#define ATTRIBUTES ((3ull << 53) | 0x701)

struct run {
	uint64_t va, pa, size;
};

static uint8_t *arena;
static uint64_t used;

static uint64_t *table_at(uint64_t address)
{
	return (uint64_t *)(arena + address);
}

static uint64_t new_table(void)
{
	uint64_t address = used;
	used += PAGE;
	memset(arena + address, 0, PAGE);
	return address;
}

// Maps the part of a run that one table covers; leaves at `leaf` or below.
static void map(uint64_t *table, int level, const struct run *run, uint64_t from, uint64_t to, int leaf)
{
	int shift = 12 + 9 * (3 - level);
	uint64_t span = 1ull << shift;
	while (from < to) {
		uint64_t pa = run->pa + (from - run->va);
		uint64_t *entry = &table[(from >> shift) & 511];
		uint64_t end = (from | (span - 1)) + 1;
		if (end > to)
			end = to;
		if (level >= leaf && !((from | pa) & (span - 1)) && end - from == span) {
			*entry = pa | ATTRIBUTES | (level == 3 ? 2 : 0);
		} else {
			if (!*entry)
				*entry = new_table() | 3;
			map(table_at(*entry & 0xfffffffff000ull), level + 1, run, from, end, leaf);
		}
		from = end;
	}
}

static uint64_t build(const struct run *runs, int count, int top, int leaf)
{
	used = 0;
	uint64_t root = new_table();
	for (int i = 0; i < count; i++)
		map(table_at(root), top, &runs[i], runs[i].va, runs[i].va + runs[i].size, leaf);
	return root;
}

enum fault { NONE, TRANSLATION, ADDRESS_SIZE, ACCESS_FLAG, EXTERNAL_ABORT };

// What TableWalker is told, and what it leaves behind: its attributes come from descriptor and limits.
struct walker {
	uint64_t root, input_pages, output_pages;
	int top, sets_access_flag;
	enum fault fault;
	int level;
	uint64_t descriptor, limits;
};

// From input page to output page with the checks that TableWalker makes. Called, as from a library.
__attribute__((noinline)) static uint64_t walk(struct walker *walker, uint64_t page)
{
	uint64_t table = walker->root, output_pages = walker->output_pages, descriptor = 0, limits = 0, output, shift;
	enum fault fault = NONE;
	int level = walker->top;
	if (page >= walker->input_pages || table >= output_pages) {
		walker->fault = page >= walker->input_pages ? TRANSLATION : ADDRESS_SIZE;
		walker->level = 0;
		return ~0ull;
	}
	for (;; level++) {
		shift = 9 * (3 - level);
		if (table >= ARENA / PAGE) {
			fault = EXTERNAL_ABORT;
			break;
		}
		descriptor = table_at(table * PAGE)[(page >> shift) & 511];
		output = descriptor >> 12 & 0xfffffffffull;
		if ((descriptor & 3) == 3 && level < 3 && output < output_pages) {
			limits |= descriptor;
			table = output;
			continue;
		}
		if (!(descriptor & 1) || (!(descriptor & 2) && (level == 3 || level < 1)))
			fault = TRANSLATION;
		else if (output >= output_pages)
			fault = ADDRESS_SIZE;
		else if (!(descriptor & ACCESSED) && !walker->sets_access_flag)
			fault = ACCESS_FLAG;
		break;
	}
	walker->fault = fault;
	walker->level = level;
	walker->descriptor = descriptor;
	walker->limits = limits;
	if (fault != NONE)
		return ~0ull;
	uint64_t within = (1ull << shift) - 1;
	return (output & ~within) | (page & within);
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static uint32_t state = 12345;

// Below 2^24, the same numbers as tables.bench.ts draws.
static uint32_t draw(void)
{
	state = state * 1103515245u + 12345u;
	return state >> 8;
}

static int by_address(const void *a, const void *b)
{
	uint64_t x = ((const struct run *)a)->va, y = ((const struct run *)b)->va;
	return x < y ? -1 : x > y;
}

static int scattered(struct run *runs, int count)
{
	static uint8_t seen[1 << 24];
	int found = 0;
	while (found < count) {
		uint64_t page = draw();
		if (seen[page])
			continue;
		seen[page] = 1;
		runs[found++] = (struct run){page << 12, page << 12, PAGE};
	}
	qsort(runs, count, sizeof(*runs), by_address);
	return count;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int rounds = 0, count = 1, top = 0, leaf = 3;
	uint64_t leaves = 0;
	struct run *runs = calloc(20000, sizeof(*runs));
	arena = aligned_alloc(1 << 21, ARENA);
	memset(arena, 1, ARENA);
	runs[0] = (struct run){1ull << 30, 1ull << 30, 1ull << 30};
	if (!strcmp(what, "pages") || !strcmp(what, "walk")) {
		leaves = 1 << 18;
		top = 1;
	} else if (!strcmp(what, "blocks")) {
		leaves = 1 << 19;
		leaf = 2;
		runs[0].size = 1ull << 40;
	} else if (!strcmp(what, "gigabytes")) {
		leaves = 1 << 10;
		leaf = 1;
		runs[0].size = 1ull << 40;
	} else if (!strcmp(what, "scattered")) {
		leaves = count = scattered(runs, 20000);
		top = 1;
	} else {
		fprintf(stderr, "usage: tables pages|blocks|gigabytes|scattered|walk\n");
		return 2;
	}
	uint64_t root = build(runs, count, top, leaf), sum = 0, operations = leaves, places[WALKS];
	struct walker walker = {.root = root / PAGE, .input_pages = 1ull << 27, .output_pages = 1ull << 36, .top = top};
	for (int i = 0; i < WALKS; i++)
		places[i] = 0x40000ull + draw() % 0x40000;
	// As long as our side: the machine gets used to this process.
	double began = seconds(), took;
	if (strcmp(what, "walk"))
		while (seconds() - began < 0.03)
			root = build(runs, count, top, leaf);
	began = seconds();
	do {
		if (!strcmp(what, "walk")) {
			operations = WALKS;
			for (int i = 0; i < WALKS; i++)
				if (walk(&walker, places[i]) != places[i])
					return 1;
		} else {
			root = build(runs, count, top, leaf);
			sum += table_at(root)[1];
		}
		rounds++;
		took = seconds() - began;
	} while (took < 0.05);
	if (sum == 1)
		return 1;
	printf("%.4f\n", took * 1e9 / rounds / operations);
	return 0;
}
