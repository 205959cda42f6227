// The same edit as fdt.bench.ts with libfdt. Prints nanoseconds for one: open, set a property, pack.
#include <libfdt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1000000000ull + at.tv_nsec;
}

static int edit(const void *blob, size_t size, const char *path, const char *value)
{
	size_t room = size + 4096;
	void *copy = malloc(room);
	int failed = !copy || fdt_open_into(blob, copy, room);
	int node = failed ? -1 : fdt_path_offset(copy, path);
	failed = failed || node < 0 || fdt_setprop(copy, node, "bench-note", value, strlen(value) + 1) || fdt_pack(copy);
	free(copy);
	return failed;
}

int main(int count, char **arguments)
{
	if (count != 4)
		return 2;
	FILE *file = fopen(arguments[1], "rb");
	if (!file || fseek(file, 0, SEEK_END))
		return 1;
	size_t size = ftell(file);
	void *blob = malloc(size);
	rewind(file);
	if (!blob || fread(blob, 1, size, file) != size)
		return 1;
	uint64_t begin = now(), spent;
	int rounds = 0;
	do {
		if (edit(blob, size, arguments[2], arguments[3]))
			return 1;
		rounds++;
		spent = now() - begin;
	} while (spent < 100000000ull);
	printf("%f\n", (double)spent / rounds);
	return 0;
}
