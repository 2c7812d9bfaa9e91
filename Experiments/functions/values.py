# SPDX-License-Identifier: Apache-2.0
"""Values of every real function at FP64 numbers, from the definitions in 2600 bits.

    python3 -m pip install mpmath==1.3.0
    python3 Experiments/functions/values.py > Tests/MPFROracleTests/FunctionTable.swift

A derivative is a central difference of the function itself, its step being 2^-800; quotients of
numbers are exact fractions. A row is a function, its operands, the value's sign, the first 32
hexadecimal digits of its significand toward zero, floor(log2 |value|), and = where no more follow.
"""
import math
from fractions import Fraction

from mpmath import mp, mpf

mp.prec = 2600
STEP = mpf(2) ** -800
HALF = mpf(1) / 2
LAMBDA = mpf("1.0507009873554804934193349852946")
ALPHA = mpf("1.6732632423543772848170429916717")


def normal(x):
    return (1 + mp.erf(x / mp.sqrt(2))) / 2 if x > -1 else mp.erfc(-x / mp.sqrt(2)) / 2


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def gelu_tanh(x):
    return x * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mpf(44715) / 1000000 * x**3))) / 2


def mish(x):
    return x * mp.tanh(mp.log(1 + mp.exp(x)))


def gradient(f):
    return lambda x: (f(x + STEP) - f(x - STEP)) / (2 * STEP)


def hard(x):
    return min(max(x + 3, Fraction(0)), Fraction(6)) / 6


def log_gamma(x):
    return mp.log(abs(mp.gamma(x))) if x < 150 else mp.re(mp.loggamma(x))


FUNCTIONS = {
    "exp": mp.exp, "exp2": lambda x: mpf(2) ** x, "exp10": lambda x: mpf(10) ** x,
    "expm1": lambda x: mp.exp(x) - 1, "log": mp.log, "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10), "log1p": lambda x: mp.log(1 + x),
    "sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "asin": mp.asin, "acos": mp.acos,
    "atan": mp.atan, "sinpi": lambda x: mp.sin(mp.pi * x), "cospi": lambda x: mp.cos(mp.pi * x),
    "tanpi": lambda x: mp.tan(mp.pi * x), "asinpi": lambda x: mp.asin(x) / mp.pi,
    "acospi": lambda x: mp.acos(x) / mp.pi, "atanpi": lambda x: mp.atan(x) / mp.pi,
    "sinh": mp.sinh, "cosh": mp.cosh, "tanh": mp.tanh, "asinh": mp.asinh, "acosh": mp.acosh,
    "atanh": mp.atanh, "erf": mp.erf, "erfc": mp.erfc, "gamma": mp.gamma, "lgamma": log_gamma,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)), "rsqrt": lambda x: 1 / mp.sqrt(x),
    "sigmoid": sigmoid, "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "silu": lambda x: x * sigmoid(x), "normal": normal, "gelu": lambda x: x * normal(x),
    "gelu_tanh": gelu_tanh, "mish": mish,
    "elu": lambda x: x if x > 0 else mp.exp(x) - 1,
    "selu": lambda x: LAMBDA * (x if x > 0 else ALPHA * (mp.exp(x) - 1)),
}
for name in ["sigmoid", "tanh", "silu", "gelu", "gelu_tanh", "mish", "elu", "selu"]:
    FUNCTIONS[name + "_gradient"] = gradient(FUNCTIONS[name])
EXACT = {
    "reciprocal": lambda x: 1 / x, "square": lambda x: x * x, "relu": lambda x: max(x, Fraction(0)),
    "relu6": lambda x: min(max(x, Fraction(0)), Fraction(6)), "hardsigmoid": hard,
    "hardswish": lambda x: x * hard(x),
    "hardswish_gradient": lambda x: (2 * x + 3) / 6 if abs(x) < 3 else Fraction(x > 0),
}
PAIRS = {
    "pow": [(1.5, 0.3), (0.7, -20.25), (3.0, 500.5), (1 + 2.0**-52, 1e15)],
    "hypot": [(1.0, 2.0), (1e-300, 3e-300), (1.5, 2.0**-60)],
    "atan2": [(1.0, -2.0), (-0.3, 4.0), (2.0**-1074, -1.0), (5.0, 2.0**-40)],
    "fmod": [(5.5, 2.25), (-1e300, 3.7), (2.0**1023, 2.0**-1074 * 3), (0.3, -0.1)],
}

COMMON = [2.0**-300, -1.3 * 2.0**-40, 0.1, -0.75, 1.7, -3.3, 20.6]
POINTS = {
    "acosh": [1 + 2.0**-52, 1.5, 3.25, 1e300], "asin": [0.1, -0.75, 2.0**-300, 1 - 2.0**-53],
    "acos": [0.1, -0.75, 2.0**-300, 1 - 2.0**-53, -1 + 2.0**-53],
    "asinpi": [0.1, 0.5, -0.75, 2.0**-1074, 1 - 2.0**-53],
    "acospi": [0.1, 0.5, -0.75, 2.0**-300, 1 - 2.0**-53], "atanpi": [0.1, -0.75, 2.0**-1074, 1e300],
    "atanh": [0.1, -0.75, 2.0**-300, 1 - 2.0**-53], "log": [2.0**-1074, 0.7, 1 + 2.0**-52, 1e300],
    "log2": [2.0**-1074 * 3, 0.7, 1 + 2.0**-52, 1e300],
    "log10": [2.0**-1074, 0.7, 1 + 2.0**-52, 3e300],
    "log1p": [2.0**-300, -0.75, -1 + 2.0**-53, 1e300], "rsqrt": [2.0**-1074 * 3, 0.7, 2.0, 1e300],
    "sin": COMMON + [1e22, 2.0**1000, 16367173 * 2.0**72, math.pi],
    "cos": COMMON + [1e22, 2.0**1000, math.pi / 2],
    "tan": COMMON + [1e22, 2.0**1000, math.pi / 2],
    "sinpi": [2.0**-1074, 0.1, -0.75, 1.2, -3.3, 1001.25, 2.0**50 + 0.25, 1 - 2.0**-53],
    "cospi": [2.0**-300, 0.1, -0.75, 1.2, -3.3, 1001.25, 2.0**50 + 0.25, 0.5 - 2.0**-54],
    "tanpi": [2.0**-1074, 0.1, -0.7, 1.2, -3.3, 1001.375, 2.0**49 + 0.125, 0.5 - 2.0**-54],
    "gamma": [2.0**-300, -1.3 * 2.0**-40, 2.0**-45, 0.1, -0.75, 1.7, 20.5, 170.6, -3 + 2.0**-50,
              -170.5],
    "lgamma": [2.0**-1074, 2.0**-300, -1.3 * 2.0**-40, 0.1, -0.75, 1 + 2.0**-52, 20.5, 1e300,
               -2.4570247382208006, -3.5, -100.7],
    "erfc": [2.0**-300, -0.75, 1.7, 5.6, 26.0, -5.6], "exp10": [0.1, -0.75, 1.7, -3.3, 300.2],
    "normal": COMMON + [-37.5], "gelu": COMMON + [-37.5, 37.5],
    "silu_gradient": COMMON + [-1.278464542761074, -700.0, 745.0],
    "gelu_gradient": COMMON + [-0.7517915241011803, -37.5, 37.5],
    "gelu_tanh_gradient": COMMON + [-0.7524614220710162, -19.5, 19.5],
    "mish_gradient": COMMON + [-1.1924332900105033, -700.0, 380.0],
    "cbrt": [2.0**-1073, 0.1, -0.75, 11.3, -1e300],
    "hardswish": COMMON + [-1.5, 2.25, 2.0**-1074], "hardswish_gradient": COMMON + [0.75],
}


def truncated(y):
    """The sign, 32 digits and floor(log2) of a number, and whether it has no more."""
    magnitude = abs(y)
    if isinstance(y, Fraction):
        exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
        if magnitude < Fraction(2) ** exponent:
            exponent -= 1
        scaled = magnitude * Fraction(2) ** (127 - exponent)
        digits = scaled.numerator // scaled.denominator
        is_exact = scaled == digits
    else:
        exponent = int(mp.floor(mp.log(magnitude, 2)))
        scaled = mp.ldexp(magnitude, 127 - exponent)
        digits = int(mp.floor(scaled))
        # An error that could reach the last digit would need many equal ones behind it.
        assert min(scaled - digits, digits + 1 - scaled) > mpf(2) ** -1200, y
        is_exact = False
    assert digits.bit_length() == 128, (y, exponent)
    return f"{'-' if y < 0 else '+'}{digits:032x} {exponent}{' =' if is_exact else ''}"


def main():
    rows = []
    for name, f in FUNCTIONS.items():
        for x in POINTS.get(name, COMMON):
            if name == "elu_gradient" and x > 0 or name == "elu" and x > 0:
                continue
            if "gradient" in name and abs(x) < 2.0**-200 and name.startswith(("elu", "selu")):
                continue
            rows.append(f"{name} {x.hex()} {truncated(f(mpf(x)))}")
    for name, f in EXACT.items():
        for x in POINTS.get(name, COMMON):
            y = f(Fraction(x))
            if y != 0:
                rows.append(f"{name} {x.hex()} {truncated(y)}")
    for name, points in PAIRS.items():
        for x, y in points:
            if name == "fmod":
                a, b = Fraction(x), Fraction(y)
                q = a / b
                n = q.numerator // q.denominator if q > 0 else -(-q.numerator // q.denominator)
                value = a - n * b
            else:
                f = {"pow": lambda a, b: a**b, "hypot": mp.hypot, "atan2": mp.atan2}[name]
                value = f(mpf(x), mpf(y))
            rows.append(f"{name} {x.hex()} {y.hex()} {truncated(value)}")
    print("// SPDX-License-Identifier: Apache-2.0")
    print("// Made by Experiments/functions/values.py with mpmath 1.3.0.")
    print()
    print("/// A function, its operands, the value's sign and first 32 hexadecimal digits")
    print("/// toward zero, floor(log2 |value|), and = where no more digits follow.")
    print('let functionTable = """')
    for row in rows:
        print("  " + row)
    print('  """')


main()
