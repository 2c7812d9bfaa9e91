// Declares <mpfr.h> with the intmax_t interfaces Swift can import.
#include <stdint.h>
#include <stdio.h>
#define MPFR_USE_INTMAX_T 1
#include <mpfr.h>
