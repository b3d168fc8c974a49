"""Plain detectors to compare with: a z-score of a level, and sums of three plain residuals.

Each residual is divided by its own exponentially weighted standard deviation, before the value is
learned; no look-ahead.
"""

import numpy as np
from numba import njit

HALF_HOURS = 48


@njit
def residuals(values, half_hours, off, seconds, memory_days, level_days, rate):
    """|D|, |S| and |L| of each value, in standard deviations: against the previous value, the
    half-hour profile (working days and days off apart once seen twice) and the level."""
    n = len(values)
    out = np.zeros((n, 3))
    per_day = 86400.0 / seconds
    forget = 1.0 - 0.5 ** (1.0 / (memory_days * per_day))
    forget_level = 1.0 - 0.5 ** (1.0 / (level_days * per_day))
    level = previous = values[0]
    profile = np.zeros((2, HALF_HOURS))
    seen = np.zeros((2, HALF_HOURS))
    variance = np.zeros(3)
    for i in range(1, n):
        value, kind, slot = values[i], off[i], half_hours[i]
        usual = level
        if seen[kind, slot] >= 2:
            usual = profile[kind, slot]
        elif seen[0, slot] + seen[1, slot] > 0:
            total = profile[0, slot] * seen[0, slot] + profile[1, slot] * seen[1, slot]
            usual = total / (seen[0, slot] + seen[1, slot])
        step = max(forget, 1.0 / (i + 1))
        for k, reference in enumerate((previous, usual, level)):
            distance = value - reference
            if variance[k] > 0 and i > 30:
                out[i, k] = abs(distance) / np.sqrt(variance[k])
            variance[k] += step * (distance * distance - variance[k])
        level += max(forget_level, 1.0 / (i + 1)) * (value - level)
        profile[kind, slot] += max(rate, 1.0 / (seen[kind, slot] + 1)) * (value - profile[kind, slot])
        seen[kind, slot] += 1
        previous = value
    return out


def plain_scores(times, values):
    """The plain detectors' scores by name; `times` are UTC timestamps (pandas)."""
    seconds = ((times - np.datetime64(0, "s")) / np.timedelta64(1, "s")).to_numpy().astype(np.int64)
    interval = float(max(1, np.median(np.diff(seconds))))
    off = (times.dt.dayofweek >= 5).to_numpy().astype(np.int64)
    slots = (seconds % 86400) // 1800
    d, s, l = residuals(values.astype(float), slots, off, interval, 7.0, 3.0, 0.1).T
    return {"D": d, "S": s, "L": l, "D + S": d + s, "L + S": l + s}
