# SPDX-License-Identifier: Apache-2.0
"""Minimax polynomials of the elementary functions, by Remez' algorithm in 60 digits.

    python3 -m pip install mpmath==1.3.0
    python3 Experiments/elementary/coefficients.py > Sources/SoftFloat/Elementary/Polynomial.swift

Each polynomial minimises the largest error relative to the function on its interval.
"""
from mpmath import mp, mpf, cos, pi, exp, atanh, erf, erfc, sqrt, lu_solve, matrix, log

mp.dps = 60


def remez(f, a, b, degree, weight, rounds=12):
    """The coefficients, ascending, and the largest |error| / weight of the minimax polynomial."""
    n = degree + 2
    nodes = [(a + b) / 2 - (b - a) / 2 * cos(pi * mpf(i) / (n - 1)) for i in range(n)]
    for _ in range(rounds):
        rows = matrix(n, n)
        values = matrix(n, 1)
        for i, x in enumerate(nodes):
            power = mpf(1)
            for j in range(degree + 1):
                rows[i, j] = power
                power *= x
            rows[i, n - 1] = weight(x) * (-1) ** i
            values[i] = f(x)
        solution = lu_solve(rows, values)
        c = [solution[j] for j in range(degree + 1)]
        error = lambda x: (mp.polyval(c[::-1], x) - f(x)) / weight(x)
        # The extrema between the sign changes, on a grid fine enough for the degrees used here.
        grid = [(a + b) / 2 - (b - a) / 2 * cos(pi * mpf(i) / (30 * n)) for i in range(30 * n + 1)]
        errors = [error(x) for x in grid]
        extrema = []
        for x, e in zip(grid, errors):
            if extrema and (e > 0) == (extrema[-1][1] > 0):
                if abs(e) > abs(extrema[-1][1]):
                    extrema[-1] = (x, e)
            else:
                extrema.append((x, e))
        while len(extrema) > n:
            extrema.pop(0 if abs(extrema[0][1]) < abs(extrema[-1][1]) else -1)
        if len(extrema) < n:
            break
        nodes = [x for x, _ in extrema]
        largest = max(abs(e) for _, e in extrema)
        if largest / min(abs(e) for _, e in extrema) < mpf("1.02"):
            break
    return c, max(abs(e) for e in errors)


def literal(x):
    """The nearest FP64 number in Swift's hexadecimal notation."""
    mantissa, exponent = float(x).hex().split("p")
    return mantissa.rstrip("0").rstrip(".") + "p" + str(int(exponent))


def show(name, comment, c, error):
    """A Swift function that evaluates a polynomial by Horner's scheme."""
    print(f"\n  /// {comment};\n  /// error 2^{float(log(error, 2)):.1f} of the value.")
    print("  @inline(__always)")
    print(f"  static func {name}(_ x: Double) -> Double {{")
    print(f"    var sum = {literal(c[-1])}")
    for x in reversed(c[1:-1]):
        print(f"    sum = sum * x + {literal(x)}")
    print(f"    return sum * x + {literal(c[0])}\n  }}")


def show_pairs(name, comment, c, error, pairs):
    """The same with the lowest coefficients, and their arithmetic, as pairs of FP64 numbers."""
    print(f"\n  /// {comment};\n  /// error 2^{float(log(error, 2)):.1f} of the value.")
    print("  @inline(__always)")
    print(f"  static func {name}(_ x: Pair) -> Pair {{")
    print(f"    var high = {literal(c[-1])}")
    for x in reversed(c[pairs:-1]):
        print(f"    high = high * x.head + {literal(x)}")
    print("    var sum = Pair(high, 0)")
    for x in reversed(c[:pairs]):
        print(f"    sum = sum * x + Pair({literal(x)}, {literal(x - mpf(float(x)))})")
    print("    return sum\n  }")


def taylor(f, x, terms, limit=mpf("1e-12")):
    """f away from zero, its first terms near it, where f's formula cancels."""
    return f(x) if abs(x) > limit else mp.polyval(terms[::-1], x)


LN2 = log(mpf(2))
R = LN2 / 2 * mpf("1.0001")
S = (3 - 2 * sqrt(mpf(2))) ** 2 * mpf("1.0001")
K = mpf(3)
WIDEST = mpf("15.5")


def expm1_over_r(r):
    return taylor(lambda r: (exp(r) - 1) / r, r, [mpf(1), mpf(1) / 2])


def exp_tail(r):
    return taylor(lambda r: (exp(r) - 1 - r - r * r / 2) / r**3, r, [mpf(1) / 6, mpf(1) / 24])


def log_tail(u):
    return taylor(lambda u: (atanh(sqrt(u)) / sqrt(u) - 1) / u * 2, u, [mpf(2) / 3, mpf(2) / 5])


def erf_ratio(u):
    return taylor(lambda u: erf(sqrt(u)) / sqrt(u), u, [2 / sqrt(pi), -2 / sqrt(pi) / 3])


def erf_tail(u):
    return taylor(
        lambda u: (erf(sqrt(u)) / sqrt(u) - 2 / sqrt(pi)) / u, u,
        [-2 / sqrt(pi) / 3, 2 / sqrt(pi) / 10])


def erfcx(t):
    """e^(z²) erfc z with z = x / sqrt 2, t = (x - K) / (x + K)."""
    x = K * (1 + t) / (1 - t)
    return exp(x * x / 2) * erfc(x / sqrt(mpf(2)))


def mapped(x):
    return (x - K) / (x + K)


HEADER = """// SPDX-License-Identifier: Apache-2.0

/// The minimax polynomials of the elementary functions, in the order of their use; every constant is
/// the output of Experiments/elementary/coefficients.py.
enum Polynomial {"""

if __name__ == "__main__":
    print(HEADER, end="")
    show("expm1", "(e^x - 1) / x for |x| <= ln(2)/2", *remez(expm1_over_r, -R, R, 9, expm1_over_r))
    show("log", "2 (artanh(s)/s - 1) / s² at x = s², s <= 3 - 2√2",
         *remez(log_tail, mpf(0), S, 5, log_tail))
    ratio = lambda w: erf_ratio((w + 1) * WIDEST / 2)
    show("erf", "erf(z)/z at x = 2z²/15.5 - 1, |x| <= 1", *remez(ratio, mpf(-1), mpf(1), 22, ratio))
    show("erfcx", "e^(z²/2) erfc(z/√2) at x = (z - 3)/(z + 3), 0 <= z <= 15",
         *remez(erfcx, mpf(-1), mapped(mpf(15)), 16, erfcx))
    mp.dps = 80
    show("expTail", "(e^x - 1 - x - x²/2) / x³ for |x| <= ln(2)/2",
         *remez(exp_tail, -R, R, 11, exp_tail))
    show("logTail", "`log` for FP64", *remez(log_tail, mpf(0), S, 9, log_tail))
    show("erfTail", "(erf(z)/z - 2/√π) / z² at x = z² <= 1/4",
         *remez(erf_tail, mpf(0), mpf("0.2501"), 10, erf_tail))
    show_pairs("erfcx", "e^(z²/2) erfc(z/√2) at x = (z - 3)/(z + 3), 0 <= z <= 40",
               *remez(erfcx, mpf(-1), mapped(mpf(40)), 31, erfcx), pairs=10)
    print("}")
