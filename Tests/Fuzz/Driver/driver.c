#include <stddef.h>
#include <stdint.h>

/* libFuzzer brings `main`, and a Swift executable would bring another: this one is in C. */
int balancealert_fuzz(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
  return balancealert_fuzz(bytes, count);
}
