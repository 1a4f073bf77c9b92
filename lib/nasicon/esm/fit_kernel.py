"""Compiled least-squares fit of the oscillator, one pixel after another.

In units of a reference frequency, with ``a = f0^2`` and ``b = f0 / Q``, the
response is ``c g(x)`` with ``g = 1 / (a - x^2 + i x b)``: linear in the complex
``c``. So ``c`` is eliminated (variable projection: Golub and Pereyra, SIAM J.
Numer. Anal. 10 (1973) 413, with Kaufman's simplified Jacobian, whose normal matrix
is the Schur complement of the full one) and a bounded Levenberg-Marquardt runs in
``a`` and ``b`` alone. Amplitude-only data obey the same scheme with ``|g|`` and a
real ``c``.

The start is algebraic: ``y (a - x^2 + i x b) = c`` is linear in a, b and c, and
so is ``1/y^2`` in three coefficients for amplitudes. One pass over the
frequencies serves an iteration; nothing is allocated per pixel, and no pixel
knows of another, so results do not depend on chunks or threads.

The compiler may reorder and contract sums (that vectorises them); NaN and infinity
keep their meaning.
"""

import math

import numpy as np
from numba import njit

from nasicon.esm import fit_rows as row

STEP_IN_ERRORS = 1e-6  # squared: the last step is below 1e-3 standard errors, its error far less
STEP_ABSOLUTE = 1e-22  # relative to the sum of squares, for data without noise
ROUNDING = 1e-14  # an increase of the residual below this share of the data is rounding
TINY, HUGE = 1e-70, 1e70  # sums of squares between which the sixth power is a normal number
_RULES = {"reassoc", "contract", "arcp", "nsz"}
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": _RULES}


@njit(**_OPTIONS)
def _complex_pass(re, im, x, a, b):
    """Sums over the frequencies at (a, b), complex data."""
    s0 = m0 = m1 = m2 = qr = tr = ti = ur = ui = vr = vi = 0.0
    for k in range(x.size):
        xk = x[k]
        u = a - xk * xk
        v = xk * b
        w = 1.0 / (u * u + v * v)
        uw = u * w
        vw = v * w
        ar = uw * re[k] - vw * im[k]  # conj(g) y
        ai = uw * im[k] + vw * re[k]
        br = uw * ar - vw * ai  # conj(g)^2 y
        bi = uw * ai + vw * ar
        w2 = w * w
        w2x = w2 * xk
        s0 += w
        m0 += w2
        m1 += w2x
        m2 += w2x * xk
        qr += w2x * u
        tr += ar
        ti += ai
        ur += br
        ui += bi
        vr += xk * br
        vi += xk * bi
    pr = a * m0 - m2  # one sum less leaves the registers to the others
    return s0, m0, m1, m2, pr, qr, tr, ti, ur, ui, vr, vi


@njit(**_OPTIONS)
def _amplitude_pass(y, x, a, b):
    """Sums over the frequencies at (a, b), amplitudes."""
    s0 = pa = pb = naa = nab = nbb = t = ga = gb = 0.0
    for k in range(x.size):
        x2 = x[k] * x[k]
        u = a - x2
        w = 1.0 / (u * u + x2 * (b * b))
        g = math.sqrt(w)
        w2 = w * w
        w3 = w2 * w
        gy = g * y[k]
        wgy = w * gy
        s0 += w
        pa += u * w2
        pb += x2 * w2
        naa += u * u * w3
        nab += u * x2 * w3
        nbb += x2 * x2 * w3
        t += gy
        ga += u * wgy
        gb += x2 * wgy
    return s0, pa, pb, naa, nab, nbb, t, ga, gb


@njit(**_OPTIONS)
def _evaluate(is_complex, re, im, x, total, a, b):
    """Residual, gradient and reduced normal matrix with c eliminated.

    Returns ``rss, ga, gb, naa, nab, nbb`` (gradient of half the residual sum of
    squares), then ``cr, ci``, the derivatives of ln c by a and by b (two complex
    numbers) and ``1 / (s0 |c|^2)``.
    """
    if is_complex:
        s0, m0, m1, m2, pr, qr, tr, ti, ur, ui, vr, vi = _complex_pass(re, im, x, a, b)
        pi, qi = -b * m1, -b * m2
        cr, ci = tr / s0, ti / s0
        c2 = cr * cr + ci * ci
        rss = total - c2 * s0
        # U - c conj(P) and V - c conj(Q)
        dr, di = ur - (cr * pr + ci * pi), ui - (ci * pr - cr * pi)
        er, ei = vr - (cr * qr + ci * qi), vi - (ci * qr - cr * qi)
        ga = cr * dr + ci * di
        gb = cr * ei - ci * er
        naa = c2 * (m0 - (pr * pr + pi * pi) / s0)
        nbb = c2 * (m2 - (qr * qr + qi * qi) / s0)
        nab = c2 * (pr * qi - pi * qr) / s0
        return (
            rss,
            ga,
            gb,
            naa,
            nab,
            nbb,
            cr,
            ci,
            pr / s0,
            pi / s0,
            -qi / s0,
            qr / s0,
            1.0 / (s0 * c2),
        )
    s0, pa, pb, naa, nab, nbb, t, ga, gb = _amplitude_pass(re, x, a, b)
    c = t / s0
    c2 = c * c
    rss = total - c2 * s0
    ga = c * (ga - c * pa)
    gb = c * b * (gb - c * pb)
    naa = c2 * (naa - pa * pa / s0)
    nab = c2 * b * (nab - pa * pb / s0)
    nbb = c2 * b * b * (nbb - pb * pb / s0)
    return (rss, ga, gb, naa, nab, nbb, c, 0.0, pa / s0, 0.0, b * pb / s0, 0.0, 1.0 / (s0 * c2))


@njit(**_OPTIONS)
def _complex_start(re, im, x):
    """Solve the linear form, weighted by |y|^2: near resonance that is 1/|denominator|^2."""
    w0 = wr = wi = xr = xi = zr = zi = saa = sbb = sa = 0.0
    for k in range(x.size):
        p = re[k] * re[k] + im[k] * im[k]
        xk = x[k]
        x2 = xk * xk
        pr = p * re[k]
        pi = p * im[k]
        pp = p * p
        w0 += p
        wr += pr
        wi += pi
        xr += xk * pr
        xi += xk * pi
        zr += x2 * pr
        zi += x2 * pi
        saa += pp
        sbb += x2 * pp
        sa += x2 * pp
    # c = (a W + i b X - Z) / w0; what remains is 2 x 2 in a and b
    naa = saa - (wr * wr + wi * wi) / w0
    nbb = sbb - (xr * xr + xi * xi) / w0
    nab = (wr * xi - wi * xr) / w0
    ra = sa - (wr * zr + wi * zi) / w0
    rb = -(xr * zi - xi * zr) / w0
    det = naa * nbb - nab * nab
    return (ra * nbb - rb * nab) / det, (rb * naa - ra * nab) / det


@njit(**_OPTIONS)
def _amplitude_start(y, x):
    """Fit 1/y^2 = p0 + p1 z + p2 z^2 in z = x^2 - 1, weighted for equal errors of y."""
    s0 = s1 = s2 = s3 = s4 = r0 = r1 = r2 = 0.0
    for k in range(x.size):
        z = x[k] * x[k] - 1.0
        y2 = y[k] * y[k]
        q = y2 * y2
        w = q * y2
        wz = w * z
        wz2 = wz * z
        s0 += w
        s1 += wz
        s2 += wz2
        s3 += wz2 * z
        s4 += wz2 * z * z
        r0 += q
        r1 += q * z
        r2 += q * z * z
    # Gaussian elimination of the symmetric 3 x 3 system
    f1, f2 = s1 / s0, s2 / s0
    m11, m12, m22 = s2 - f1 * s1, s3 - f1 * s2, s4 - f2 * s2
    t1, t2 = r1 - f1 * r0, r2 - f2 * r0
    f = m12 / m11
    p2 = (t2 - f * t1) / (m22 - f * m12)
    p1 = (t1 - m12 * p2) / m11
    p0 = (r0 - s1 * p1 - s2 * p2) / s0
    # p2 (z^2 + (b^2 - 2 (a - 1)) z + (a - 1)^2 + b^2) in terms of z
    lin, const = p1 / p2, p0 / p2
    # a^2 = 1 - lin + const (the polynomial at x = 0), b^2 = lin + 2 (a - 1)
    a2 = 1.0 - lin + const
    if not (p2 > 0.0 and a2 > 0.0):
        return math.nan, math.nan
    a = math.sqrt(a2)
    b2 = lin + 2.0 * (a - 1.0)
    return a, math.sqrt(b2) if b2 > 0.0 else math.nan


@njit(**_OPTIONS)
def _peak_start(is_complex, re, im, x):
    """Highest point, and the width of a Lorentzian of the same area."""
    top = area = 0.0
    best = 0
    for k in range(x.size):
        p = re[k] * re[k] + (im[k] * im[k] if is_complex else 0.0)
        left = x[max(k - 1, 0)]
        right = x[min(k + 1, x.size - 1)]
        area += p * 0.5 * (right - left)
        if p > top:
            top = p
            best = k
    return x[best] * x[best], 2.0 / math.pi * area / top


@njit(**_OPTIONS)
def _refine(is_complex, re, im, x, total, freedom, a, b, box, max_iterations):
    """Levenberg-Marquardt from (a, b) inside ``box`` = (a low, a high, b low, b high)."""
    a_low, a_high, b_low, b_high = box
    now = _evaluate(is_complex, re, im, x, total, a, b)
    damping, converged, iterations = 1e-4, False, 0
    cr, ci = now[6], now[7]
    while True:
        rss, ga, gb, naa, nab, nbb = now[0], now[1], now[2], now[3], now[4], now[5]
        if (a <= a_low and ga > 0.0) or (a >= a_high and ga < 0.0):
            ga, nab, naa = 0.0, 0.0, max(naa, 1e-300)
        if (b <= b_low and gb > 0.0) or (b >= b_high and gb < 0.0):
            gb, nab, nbb = 0.0, 0.0, max(nbb, 1e-300)
        det = naa * nbb - nab * nab
        gain = (ga * ga * nbb - 2.0 * ga * gb * nab + gb * gb * naa) / det
        noise = max(rss, 0.0) / freedom
        if not (det > 0.0 and math.isfinite(gain)):
            break
        if gain <= STEP_IN_ERRORS * noise + STEP_ABSOLUTE * total and iterations > 0:
            # At least one step was tried: a start is no fit. The step that is left is
            # taken without another pass; c follows to first order.
            converged = True
            step_a = -(ga * nbb - gb * nab) / det
            step_b = -(gb * naa - ga * nab) / det
            new_a = min(max(a + step_a, a_low), a_high)
            new_b = min(max(b + step_b, b_low), b_high)
            step_a, step_b = new_a - a, new_b - b
            grow = now[8] * step_a + now[10] * step_b
            turn = now[9] * step_a + now[11] * step_b
            cr = now[6] + now[6] * grow - now[7] * turn
            ci = now[7] + now[7] * grow + now[6] * turn
            a, b = new_a, new_b
            break
        if iterations >= max_iterations or damping > 1e12:
            break
        iterations += 1
        daa, dbb = naa * (1.0 + damping), nbb * (1.0 + damping)
        det = daa * dbb - nab * nab
        step_a = -(ga * dbb - gb * nab) / det
        step_b = -(gb * daa - ga * nab) / det
        # no step beyond a line width in f0^2, none that shrinks or grows b more than thrice
        reach = 2.0 * math.sqrt(a) * b
        step_a = min(max(step_a, -reach), reach)
        new_a = min(max(a + step_a, a_low), a_high)
        new_b = min(max(b + step_b, b / 3.0), 3.0 * b)
        new_b = min(max(new_b, b_low), b_high)
        trial = _evaluate(is_complex, re, im, x, total, new_a, new_b)
        if trial[0] <= rss + ROUNDING * total:
            now, a, b = trial, new_a, new_b
            cr, ci = now[6], now[7]
            damping = max(damping * 0.1, 1e-12)
        else:
            damping = max(damping * 10.0, 1e-3)
    return a, b, cr, ci, now, converged, iterations


@njit(**_OPTIONS)
def _residuals(is_complex, re, im, x, a, b, cr, ci):
    """Residual sum of squares and its lag-one product, without cancellation."""
    rss = lag = 0.0
    last_r = last_i = 0.0
    for k in range(x.size):
        u = a - x[k] * x[k]
        v = x[k] * b
        w = 1.0 / (u * u + v * v)
        if is_complex:
            rr = re[k] - w * (cr * u + ci * v)
            ri = im[k] - w * (ci * u - cr * v)
        else:
            rr = re[k] - cr * math.sqrt(w)
            ri = 0.0
        rss += rr * rr + ri * ri
        lag += rr * last_r + ri * last_i
        last_r, last_i = rr, ri
    return rss, lag / rss if rss > 0.0 else 0.0


@njit(**_OPTIONS)
def _write(out, i, is_complex, unit, rss, freedom, a, b, cr, ci, now):
    """Parameters and standard errors of one pixel (frequencies still in reference units)."""
    naa, nab, nbb = now[3], now[4], now[5]
    noise2 = rss / freedom
    det = naa * nbb - nab * nab
    vaa, vab, vbb = noise2 * nbb / det, -noise2 * nab / det, noise2 * naa / det
    own = noise2 * now[12]  # of ln c with a and b known
    amplitude, quality = unit * math.sqrt(cr * cr + ci * ci) / a, math.sqrt(a) / b
    la, lb = now[8] - 1.0 / a, now[10]  # ln A = ln |c| - ln a
    out[row.AMPLITUDE, i] = amplitude
    out[row.RESONANCE, i] = math.sqrt(a)
    out[row.QUALITY, i] = quality
    out[row.SE_AMPLITUDE, i] = amplitude * math.sqrt(
        own + la * la * vaa + 2.0 * la * lb * vab + lb * lb * vbb
    )
    out[row.SE_RESONANCE, i] = 0.5 * math.sqrt(vaa / a)
    qa, qb = 0.5 / a, -1.0 / b
    out[row.SE_QUALITY, i] = quality * math.sqrt(
        qa * qa * vaa + 2.0 * qa * qb * vab + qb * qb * vbb
    )
    if is_complex:
        out[row.PHASE, i] = math.atan2(ci, cr)
        pa, pb = now[9], now[11]
        out[row.SE_PHASE, i] = math.sqrt(own + pa * pa * vaa + 2.0 * pa * pb * vab + pb * pb * vbb)
    out[row.NOISE, i] = unit * math.sqrt(noise2)


@njit(**_OPTIONS)
def _status(x, a, b, box, converged, relative_q):
    """Worst news first: not converged, at a bound, outside the band, without digits."""
    if not converged:
        return row.NOT_CONVERGED
    if a <= box[0] or a >= box[1] or b <= box[2] or b >= box[3]:
        return row.AT_BOUND
    if a < x[0] * x[0] or a > x[-1] * x[-1]:
        return row.OUTSIDE_WINDOW
    return row.CONVERGED if relative_q < row.UNCERTAIN else row.NOT_IDENTIFIABLE


@njit(**_OPTIONS)
def fit_block(data, is_complex, x, box, max_iterations, out, status, iterations):
    """Fit every row of ``data``.

    Parameters
    ----------
    data : ndarray, shape (pixels, n, 1) or (pixels, n, 2)
        Amplitudes, or real and imaginary parts; float32 or float64.
    is_complex : bool
    x : ndarray, shape (n,)
        Ascending frequencies in units of the reference.
    box : tuple of 4 floats
        Bounds of ``f0^2`` and of ``f0 / Q`` in these units.
    max_iterations : int
        Trial steps a pixel; 0 leaves the algebraic start.
    out : ndarray, shape (ROWS, pixels)
        Filled with nan where a pixel is masked or dead.
    status, iterations : ndarray, shape (pixels,)
    """
    n = x.size
    re, im = np.empty(n), np.zeros(n)
    freedom = float(2 * n - 4) if is_complex else float(n - 3)
    for i in range(data.shape[0]):
        total = mean_r = mean_i = 0.0
        for k in range(n):
            re[k] = data[i, k, 0]
            if is_complex:
                im[k] = data[i, k, 1]
            total += re[k] * re[k] + im[k] * im[k]
            mean_r += re[k]
            mean_i += im[k]
        iterations[i] = 0
        for k in range(row.ROWS):
            out[k, i] = math.nan
        if not math.isfinite(total):
            status[i] = row.MASKED
            continue
        mean = (mean_r * mean_r + mean_i * mean_i) / n
        if not total - mean > row.FLAT * total:
            status[i] = row.DEAD  # zero, or the same at every frequency
            continue
        unit = 1.0
        if not TINY < total < HUGE:  # keep sums of high powers in range
            unit = math.sqrt(total / n)
            for k in range(n):
                re[k] /= unit
                im[k] /= unit
            total, mean = float(n), mean / (unit * unit)
        guess_a, guess_b = _complex_start(re, im, x) if is_complex else _amplitude_start(re, x)
        if not (box[0] < guess_a < box[1] and box[2] < guess_b < box[3]):
            guess_a, guess_b = _peak_start(is_complex, re, im, x)
            guess_a = min(max(guess_a, box[0]), box[1])
            guess_b = min(max(guess_b, box[2]), box[3])
        a, b, cr, ci, now, converged, count = _refine(
            is_complex, re, im, x, total, freedom, guess_a, guess_b, box, max_iterations
        )
        rss, correlation = _residuals(is_complex, re, im, x, a, b, cr, ci)
        _write(out, i, is_complex, unit, rss, freedom, a, b, cr, ci, now)
        out[row.R_SQUARED, i] = 1.0 - rss / (total - mean)
        out[row.CORRELATION, i] = correlation
        out[row.MOVED, i] = abs(math.sqrt(a / guess_a) - 1) * math.sqrt(a) / b + abs(
            b / guess_b - 1
        )
        status[i] = _status(x, a, b, box, converged, out[row.SE_QUALITY, i] / out[row.QUALITY, i])
        iterations[i] = count
