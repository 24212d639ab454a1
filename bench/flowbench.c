/* flowbench - cheap load generator and receivers for benchmarking flow engines.
 *
 *   flowbench pub   MQTT publisher (QoS 0/1; fixed rate, or closed loop on deliveries)
 *   flowbench sub   MQTT subscriber (counts, latency, progress gauge)
 *   flowbench sink  Influx line-protocol HTTP sink (v1 and v2 paths, gzip, 503, slow)
 *   flowbench ws    k websocket clients
 *   flowbench pty   pseudo-terminal that emits COBS frames (msgpack + CRC16)
 *   flowbench feed  a broker for one client: sends at a rate, notes when each PUBACK comes
 *   flowbench sinkload  blast the HTTP sink (ceiling of the sink)
 *
 * All modes share one mmap file, so every message is accounted for by number.
 * A message's number is carried in its time stamp: time = 2026-01-01T00:00:00Z + seq ms.
 *
 * build: cc -O2 -o flowbench flowbench.c -lz
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

typedef uint64_t u64; typedef uint32_t u32; typedef uint8_t u8;

/* ---------- shared file ---------- */
#define CAP   (32u << 20)
#define SCAP  (32u << 20)
enum { H_SENT, H_ACKED, H_FIRST_SEND, H_LAST_SEND, H_RECV, H_UNIQ, H_DUPS, H_FIRST_RECV,
       H_LAST_RECV, H_REQS, H_BYTES, H_BAD, H_REJ_REQS, H_REJ_LINES, H_PUBDONE, H_SAMPLES,
       H_READY, H_RECONN, H_GAUGE, H_EXTRA,
       H_MODE = 32,      /* sink: 0 ok, 1 answer 503, 2 slow (serial, H_SLOWMS per request), 3 hang */
       H_SLOWMS = 33, H_STOP = 34, H_RATE = 35 /* live rate override (0 = none) */ };
static volatile u64 *H; static u64 *PUB, *RCV; static u8 *CNT, *ACK; static u32 *SMP;
#define OFF_PUB 4096UL
#define OFF_RCV (OFF_PUB + 8UL * CAP)
#define OFF_CNT (OFF_RCV + 8UL * CAP)
#define OFF_ACK (OFF_CNT + CAP)
#define OFF_SMP (OFF_ACK + CAP)
#define SHM_SIZE (OFF_SMP + 4UL * SCAP)

static void shm_open_file(const char *p) {
    int fd = open(p, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || ftruncate(fd, SHM_SIZE)) { perror(p); exit(2); }
    u8 *b = mmap(0, SHM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (b == MAP_FAILED) { perror("mmap"); exit(2); }
    H = (u64 *)b; PUB = (u64 *)(b + OFF_PUB); RCV = (u64 *)(b + OFF_RCV);
    CNT = b + OFF_CNT; ACK = b + OFF_ACK; SMP = (u32 *)(b + OFF_SMP);
}
static inline u64 now_ns(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static void die(const char *m) { perror(m); exit(1); }

static void rec(long seq, u64 now) {
    if (seq < 0 || seq >= (long)CAP) { H[H_BAD]++; return; }
    u64 r = H[H_RECV];
    if (!r) H[H_FIRST_RECV] = now;
    H[H_LAST_RECV] = now;
    if (!CNT[seq]) { RCV[seq] = now; H[H_UNIQ]++; } else H[H_DUPS]++;
    if (CNT[seq] < 255) CNT[seq]++;
    u64 s = H[H_SAMPLES];
    if (s < SCAP && PUB[seq]) { SMP[s] = (u32)((now - PUB[seq]) / 1000); H[H_SAMPLES] = s + 1; }
    H[H_RECV] = r + 1;
}

/* ---------- the time stamp that carries the number ---------- */
#define BASE_MS 1767225600000ll            /* 2026-01-01T00:00:00Z */
static inline int d2(const u8 *p) { return (p[0] - '0') * 10 + p[1] - '0'; }
static long seq_from_iso(const u8 *p, long n) {         /* finds 2026-01-01THH:MM:SS.mmm */
    static const char key[] = "2026-01-01T";
    const u8 *q = memmem(p, n, key, 11);
    if (!q || q + 23 > p + n) return -1;
    q += 11;
    return ((d2(q) * 60L + d2(q + 3)) * 60 + d2(q + 6)) * 1000 + (q[9] - '0') * 100 + d2(q + 10);
}
static void iso_put(u8 *p, long seq) {                  /* HH:MM:SS.mmm */
    static long last = -1; static u8 hms[9];
    long s = seq / 1000, ms = seq % 1000;
    if (s != last) { char t[16]; snprintf(t, sizeof t, "%02d:%02d:%02d.", (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60)); memcpy(hms, t, 9); last = s; }
    memcpy(p, hms, 9); p[9] = '0' + ms / 100; p[10] = '0' + ms / 10 % 10; p[11] = '0' + ms % 10;
}

/* ---------- sockets ---------- */
static int tcp_connect(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (connect(fd, (void *)&a, sizeof a)) { close(fd); return -1; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}
static int write_all(int fd, const void *b, size_t n) {
    const u8 *p = b;
    while (n) { ssize_t w = write(fd, p, n); if (w < 0) { if (errno == EINTR) continue; return -1; } p += w; n -= w; }
    return 0;
}
static int mqtt_connect(int port, const char *cid) {
    int fd = tcp_connect(port); if (fd < 0) return -1;
    u8 b[128]; int n = 0, cl = strlen(cid);
    b[n++] = 0x10; b[n++] = 12 + cl;
    memcpy(b + n, "\0\4MQTT\4\2\0\0", 10); n += 10;
    b[n++] = 0; b[n++] = cl; memcpy(b + n, cid, cl); n += cl;
    u8 r[4]; int g = 0;
    if (write_all(fd, b, n)) { close(fd); return -1; }
    while (g < 4) { int k = read(fd, r + g, 4 - g); if (k <= 0) { close(fd); return -1; } g += k; }
    if (r[0] != 0x20 || r[3]) { close(fd); return -1; }
    return fd;
}

/* ---------- options ---------- */
static int o_port = 1883, o_series = 1000, o_qos, o_inflight = 1000, o_clients = 1, o_strevery = 0, o_dirty = 0, o_alert = 0, o_batch = 100;
static long o_count = 1000000, o_window = 2000, o_div = 1, o_start = 0; static double o_rate, o_secs;
static const char *o_shm = "/dev/shm/flowbench", *o_filter = "out/#", *o_prefix = "farm", *o_path = "/ws", *o_cid = "flowbench", *o_link = "flowbench.pty";

static u64 delivered(void) { u64 g = H[H_GAUGE]; return g ? g : H[H_RECV] / o_div; }

/* ---------- MQTT publisher ---------- */
#define MAXPK 192
static u8 (*T)[MAXPK]; static u8 *TL, *TV, *TT, *TP;     /* template, length, offsets of value/time/pid */
static void build_templates(void) {
    static const char *sn[] = { "temperature", "humidity", "co2", "soil_moisture", "light", "ph", "ec", "pressure", "wind_speed", "battery" };
    int n2 = o_series * 2;
    T = malloc((size_t)n2 * MAXPK); TL = malloc(n2); TV = malloc(n2); TT = malloc(n2); TP = malloc(n2);
    for (int i = 0; i < n2; i++) {
        int s = i >> 1, str = i & 1, dev = s / 10; u8 *b = T[i]; char topic[96]; int n = 2;
        int tl = snprintf(topic, sizeof topic, "%s/site%02d/dev%03d/telemetry/%s", o_prefix, dev % 10, dev, sn[s % 10]);
        b[0] = 0x30 | o_qos << 1;
        b[n++] = 0; b[n++] = tl; memcpy(b + n, topic, tl); n += tl;
        TP[i] = n; if (o_qos) n += 2;
        n += sprintf((char *)b + n, str ? "{\"value\": \"" : "{\"value\": "); TV[i] = n;
        n += sprintf((char *)b + n, str ? "23.45\", \"time\": \"2026-01-01T" : "23.45, \"time\": \"2026-01-01T"); TT[i] = n;
        n += sprintf((char *)b + n, "00:00:00.000Z\"}");
        b[1] = n - 2; TL[i] = n;
        if (n - 2 > 127) { fprintf(stderr, "packet too long\n"); exit(2); }
    }
}
static int build(u8 *o, long seq, u32 pid, int dup) {
    int s = seq % o_series, str = o_strevery && seq % o_strevery == 0; long cyc = seq / o_series;
    int i = s * 2 + str;
    if (o_dirty && seq % o_dirty == 0) i = s * 2 + 1;
    memcpy(o, T[i], TL[i]);
    u8 *v = o + TV[i];
    u32 x = (u32)(seq * 2654435761u) >> 8;
    if (o_alert) { int hi = (cyc / o_alert) & 1; v[0] = hi ? '9' : '2'; v[1] = '0' + x % 10; }
    else { v[0] = '1' + x % 7; v[1] = '0' + x / 7 % 10; }
    v[3] = '0' + x / 70 % 10; v[4] = '1' + x / 700 % 9;
    if (o_dirty && seq % o_dirty == 0) memcpy(v, "bogus", 5);
    iso_put(o + TT[i], seq);
    if (o_qos) { o[TP[i]] = pid >> 8; o[TP[i] + 1] = pid; if (dup) o[0] |= 8; }
    return TL[i];
}
static int run_pub(void) {
    build_templates();
    static u8 out[1 << 16]; static u8 in[1 << 16]; int inn = 0;
    static int pidseq[65536]; memset(pidseq, -1, sizeof pidseq);
    long sent = o_start, end = o_start + o_count, unacked = 0, oldest = o_start; u32 pid = 0;
    int fd = mqtt_connect(o_port, o_cid); if (fd < 0) die("connect");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    u64 t0 = now_ns(); double rate = o_rate; long base = sent; u64 tend = o_secs > 0 ? t0 + (u64)(o_secs * 1e9) : 0;
    H[H_FIRST_SEND] = t0;
    size_t on = 0, op = 0; int broken = 0;
    for (;;) {
        if (broken) {
            close(fd); H[H_RECONN]++; on = op = 0; inn = 0;
            for (;;) { if (H[H_STOP]) goto fin; fd = mqtt_connect(o_port, o_cid); if (fd >= 0) break; usleep(50000); }
            broken = 0;
            if (o_qos) {   /* resend what the broker has not acknowledged */
                memset(pidseq, -1, sizeof pidseq); unacked = 0;
                for (long s = oldest; s < sent && !broken; s++) if (!ACK[s]) {
                    if (++pid > 65535) pid = 1;
                    pidseq[pid] = s; unacked++; u8 p[MAXPK]; int n = build(p, s, pid, 1);
                    if (write_all(fd, p, n)) broken = 1;
                }
                if (broken) continue;
            }
            fcntl(fd, F_SETFL, O_NONBLOCK);
        }
        u64 now = now_ns();
        if (H[H_STOP] || (tend && now >= tend)) end = sent;
        if (H[H_RATE] && (double)H[H_RATE] != rate) { rate = H[H_RATE]; t0 = now; base = sent; }
        long can = end - sent; u64 wait = 200000;
        if (rate > 0) {
            long due = base + (long)((now - t0) * 1e-9 * rate) + 1; if (due - sent < can) can = due - sent;
            u64 nx = t0 + (u64)((sent - base + (can > 0 ? can : 0)) / rate * 1e9); wait = nx > now ? nx - now : 0;
        } else { long w = (long)delivered() + o_window - sent; if (w < can) can = w; }
        if (o_qos && o_inflight - unacked < can) can = o_inflight - unacked;
        if (can > 256) can = 256;
        if (op == on) {
            op = on = 0;
            for (; can > 0; can--) {
                if (o_qos) { do { if (++pid > 65535) pid = 1; } while (pidseq[pid] >= 0); pidseq[pid] = sent; unacked++; }
                on += build(out + on, sent, pid, 0);
                if (sent < (long)CAP) PUB[sent] = rate > 0 ? t0 + (u64)((sent - base) / rate * 1e9) : now;
                sent++;
            }
        }
        if (op < on) {
            ssize_t w = write(fd, out + op, on - op);
            if (w > 0) op += w; else if (w < 0 && errno != EAGAIN) { broken = 1; continue; }
        }
        H[H_SENT] = sent - o_start; H[H_LAST_SEND] = now;
        struct pollfd pf = { fd, POLLIN | (op < on ? POLLOUT : 0), 0 };
        struct timespec ts = { 0, wait > 20000000 ? 20000000 : (long)wait };
        if (op < on || can <= 0 || rate > 0 || sent >= end) ppoll(&pf, 1, &ts, 0); else if (o_qos) poll(&pf, 1, 0);
        if (pf.revents & (POLLIN | POLLHUP | POLLERR)) {
            ssize_t r = read(fd, in + inn, sizeof in - inn);
            if (r == 0 || (r < 0 && errno != EAGAIN)) { broken = 1; continue; }
            if (r > 0) {
                inn += r; int p = 0;
                while (inn - p >= 4) {
                    if (in[p] == 0x40) { u32 id = in[p + 2] << 8 | in[p + 3]; int s = pidseq[id]; if (s >= 0) { pidseq[id] = -1; unacked--; if (!ACK[s]) { ACK[s] = 1; H[H_ACKED]++; } } }
                    p += 2 + in[p + 1];
                }
                memmove(in, in + p, inn - p); inn -= p;
                while (oldest < sent && ACK[oldest]) oldest++;
            }
        }
        if (sent >= end && op == on && (!o_qos || unacked == 0)) break;
    }
fin:
    H[H_SENT] = sent - o_start; H[H_PUBDONE] = now_ns();
    usleep(20000); write_all(fd, "\xe0\0", 2); close(fd);
    return 0;
}

/* ---------- MQTT subscriber ---------- */
static int run_sub(void) {
    static u8 buf[1 << 20];
    for (;;) {
        int fd = mqtt_connect(o_port, o_cid);
        if (fd < 0) { usleep(50000); continue; }
        const char *fs[2] = { o_filter, "bench/progress" };
        for (int i = 0; i < 2; i++) {
            int fl = strlen(fs[i]); u8 b[160] = { 0x82, fl + 5, 0, i + 1, 0, fl }; memcpy(b + 6, fs[i], fl); b[6 + fl] = o_qos;
            write_all(fd, b, 7 + fl);
        }
        H[H_READY]++; long n = 0;
        for (;;) {
            ssize_t r = read(fd, buf + n, sizeof buf - n); if (r <= 0) break;
            n += r; long p = 0; u64 now = now_ns(); static u8 acks[1 << 18]; int an = 0;
            for (;;) {
                if (n - p < 2) break;
                long len = 0; int sh = 0, q = p + 1, ok = 0;
                while (q < n) { u8 c = buf[q++]; len |= (long)(c & 127) << sh; sh += 7; if (!(c & 128)) { ok = 1; break; } }
                if (!ok || q + len > n) break;
                u8 h = buf[p];
                if ((h & 0xf0) == 0x30) {
                    int tl = buf[q] << 8 | buf[q + 1]; const u8 *tp = buf + q + 2, *pl = tp + tl; long m = len - 2 - tl;
                    if (h & 6) { if (an < (int)sizeof acks - 4) { acks[an++] = 0x40; acks[an++] = 2; acks[an++] = pl[0]; acks[an++] = pl[1]; } pl += 2; m -= 2; }
                    if (tl == 14 && !memcmp(tp, "bench/progress", 14)) {
                        char t[32]; int k = m < 31 ? m : 31; memcpy(t, pl, k); t[k] = 0; H[H_GAUGE] = strtoull(t, 0, 10); char *sp = strchr(t, ' '); if (sp) H[H_EXTRA] = strtoull(sp, 0, 10);
                        if (!H[H_FIRST_RECV]) H[H_FIRST_RECV] = now;
                        H[H_LAST_RECV] = now;
                    } else rec(seq_from_iso(pl, m), now);
                }
                p = q + len;
            }
            if (an) write_all(fd, acks, an);
            memmove(buf, buf + p, n - p); n -= p;
        }
        close(fd); H[H_RECONN] += 1000;
    }
    return 0;
}

/* ---------- HTTP sink ---------- */
struct conn { int fd; u8 *b; long n, cap; int chunked, gz, hdr, prec, isw; long body, clen; u64 due; int lines; struct conn *next; };
static struct conn *pend; static u64 next_free;
static long count_lines(const u8 *p, long n, int prec, int record, u64 now) {
    long c = 0; const u8 *e = p + n;
    while (p < e) {
        const u8 *nl = memchr(p, '\n', e - p); const u8 *q = nl ? nl : e;
        if (q > p) {
            c++;
            if (record) {
                const u8 *s = q; long long t = 0, m = 1;
                while (s > p && s[-1] >= '0' && s[-1] <= '9') { s--; t += (*s - '0') * m; m *= 10; }
                if (s == p || s[-1] != ' ' || m == 1) H[H_BAD]++;
                else { t = prec == 'n' ? t / 1000000 : prec == 'u' ? t / 1000 : prec == 's' ? t * 1000 : t; rec((long)(t - BASE_MS), now); }
            }
        }
        p = q + 1;
    }
    return c;
}
static void reply(struct conn *c, int code) {
    static const char ok[] = "HTTP/1.1 204 No Content\r\nX-Influxdb-Version: 2.0\r\n\r\n", pg[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        no[] = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 51\r\n\r\n{\"code\":\"unavailable\",\"message\":\"sink told to 503\"}";
    const char *m = code == 204 ? ok : code == 503 ? no : pg; write_all(c->fd, m, code == 204 ? sizeof ok - 1 : code == 503 ? sizeof no - 1 : sizeof pg - 1);
}
static void finish(struct conn *c, const u8 *body, long n) {
    u64 now = now_ns(); static u8 *ub; static long ucap = 8 << 20; if (!ub) ub = malloc(ucap);
    H[H_REQS]++; H[H_BYTES] += n;
    if (!c->isw) { reply(c, 200); return; }
    int mode = H[H_MODE];
    if (c->gz) {
        z_stream z = { 0 }; inflateInit2(&z, 31); z.next_in = (u8 *)body; z.avail_in = n; z.next_out = ub; z.avail_out = ucap;
        inflate(&z, Z_FINISH); n = z.total_out; body = ub; inflateEnd(&z);
    }
    if (mode == 3) return;                                  /* never answer */
    if (mode == 1) { H[H_REJ_REQS]++; H[H_REJ_LINES] += count_lines(body, n, c->prec, 0, now); reply(c, 503); return; }
    count_lines(body, n, c->prec, 1, now);
    if (mode == 2) { if (next_free < now) next_free = now; next_free += H[H_SLOWMS] * 1000000ull; c->due = next_free; c->next = 0; struct conn **pp = &pend; while (*pp) pp = &(*pp)->next; *pp = c; return; }
    reply(c, 204);
}
static int step(struct conn *c) {          /* returns 1 when a request was consumed */
    if (!c->hdr) {
        u8 *e = memmem(c->b, c->n, "\r\n\r\n", 4); if (!e) return 0;
        c->hdr = e + 4 - c->b; c->clen = 0; c->chunked = c->gz = 0; c->prec = 'n'; *e = 0;
        char *h = (char *)c->b, *l = strstr(h, "\r\n"), save = 0; if (l) { save = *l; *l = 0; }
        c->isw = !strncmp(h, "POST", 4) && strstr(h, "write") != 0; char *pr = strstr(h, "precision="); if (pr) c->prec = pr[10];
        if (l) *l = save;
        if ((l = strcasestr(h, "\r\ncontent-length:"))) c->clen = atol(l + 17);
        if (strcasestr(h, "\r\ntransfer-encoding: chunked")) c->chunked = 1;
        if (strcasestr(h, "\r\ncontent-encoding: gzip")) c->gz = 1;
        if (strcasestr(h, "\r\nexpect: 100")) write_all(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    }
    if (!c->chunked) {
        if (c->n - c->hdr < c->clen) return 0;
        finish(c, c->b + c->hdr, c->clen); long u = c->hdr + c->clen; memmove(c->b, c->b + u, c->n - u); c->n -= u; c->hdr = 0; return 1;
    }
    static u8 *cb; static long ccap = 8 << 20; if (!cb) cb = malloc(ccap);
    long p = c->hdr, o = 0;
    for (;;) {
        u8 *e = memmem(c->b + p, c->n - p, "\r\n", 2); if (!e) return 0;
        long k = strtol((char *)c->b + p, 0, 16), d = e + 2 - c->b; if (c->n < d + k + 2) return 0;
        if (!k) { p = d + 2; break; }
        memcpy(cb + o, c->b + d, k); o += k; p = d + k + 2;
    }
    finish(c, cb, o); memmove(c->b, c->b + p, c->n - p); c->n -= p; c->hdr = 0; return 1;
}
static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1; setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (bind(fd, (void *)&a, sizeof a) || listen(fd, 512)) die("listen");
    return fd;
}
static int run_sink(void) {
    int ls = listen_on(o_port), ep = epoll_create1(0), one = 1;
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = 0 }, evs[64]; epoll_ctl(ep, EPOLL_CTL_ADD, ls, &ev);
    H[H_READY]++;
    for (;;) {
        int n = epoll_wait(ep, evs, 64, pend ? 1 : 1000);
        while (pend && pend->due <= now_ns()) { struct conn *c = pend; pend = c->next; c->due = 0; reply(c, 204); }
        for (int i = 0; i < n; i++) {
            struct conn *c = evs[i].data.ptr;
            if (!c) {
                int fd = accept(ls, 0, 0); if (fd < 0) continue;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                c = calloc(1, sizeof *c); c->fd = fd; c->cap = 1 << 18; c->b = malloc(c->cap);
                ev.events = EPOLLIN; ev.data.ptr = c; epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev); continue;
            }
            if (c->cap - c->n < 65536) c->b = realloc(c->b, c->cap *= 2);
            ssize_t r = read(c->fd, c->b + c->n, c->cap - c->n - 1);
            if (r <= 0) {
                for (struct conn **pp = &pend; *pp; pp = &(*pp)->next) if (*pp == c) { *pp = c->next; break; }
                close(c->fd); free(c->b); free(c); continue;
            }
            c->n += r; while (c->n && step(c)) ;
        }
    }
    return 0;
}
static int run_sinkload(void) {          /* o_clients connections, o_batch lines a request, for o_secs */
    int fds[64], k = o_clients > 64 ? 64 : o_clients; long seq = 0; u64 t0 = now_ns(), te = t0 + (u64)(o_secs * 1e9); long reqs = 0;
    struct pollfd pf[64];
    for (int i = 0; i < k; i++) { fds[i] = tcp_connect(o_port); pf[i] = (struct pollfd){ fds[i], POLLIN, 0 }; }
    char *body = malloc(o_batch * 160), *rq = malloc(o_batch * 160 + 512); u8 r[4096];
    int hot[64]; for (int i = 0; i < k; i++) hot[i] = 1;
    while (now_ns() < te) {
        for (int i = 0; i < k; i++) if (hot[i]) {
            int n = 0; for (int j = 0; j < o_batch; j++, seq++) n += sprintf(body + n, "telemetry,site=site%02ld,device=dev%03ld,sensor=temperature value=23.45 %lld\n", seq / 10 % 10, seq / 10 % 100, BASE_MS + seq);
            int h = sprintf(rq, "POST /api/v2/write?org=o&bucket=b&precision=ms HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", n);
            memcpy(rq + h, body, n); if (write_all(fds[i], rq, h + n)) die("write"); hot[i] = 0; reqs++;
        }
        poll(pf, k, 10);
        for (int i = 0; i < k; i++) if (pf[i].revents & POLLIN) { if (read(fds[i], r, sizeof r) <= 0) die("read"); hot[i] = 1; }
    }
    double s = (now_ns() - t0) * 1e-9; H[H_SENT] = seq; printf("%.0f lines/s %.0f req/s\n", seq / s, reqs / s); return 0;
}

/* ---------- websocket clients ---------- */
#define WSCAP (4l << 20)                   /* longest frame; pages are touched only as far as they are used */
static int run_ws(void) {
    int k = o_clients, ep = epoll_create1(0);
    struct wc { int fd; u8 *b; long n; } *W = calloc(k, sizeof *W);
    for (int i = 0; i < k; i++) {
        int fd = -1; for (int t = 0; t < 200 && fd < 0; t++) { fd = tcp_connect(o_port); if (fd < 0) usleep(50000); }
        if (fd < 0) die("ws connect");
        char rq[512]; int n = sprintf(rq, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", o_path, o_port);
        write_all(fd, rq, n); char r[2048]; int g = 0;
        for (;;) { int x = read(fd, r + g, 1); if (x <= 0) { fprintf(stderr, "ws handshake: %.*s\n", g, r); exit(1); } g += x; if (g >= 4 && !memcmp(r + g - 4, "\r\n\r\n", 4)) break; if (g > 2000) exit(1); }
        if (!strstr(r, " 101")) { fprintf(stderr, "ws: %.*s\n", g, r); exit(1); }
        W[i].fd = fd; W[i].b = malloc(WSCAP); struct epoll_event ev = { .events = EPOLLIN, .data.u32 = i }; epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
    }
    H[H_READY]++;
    struct epoll_event evs[64]; int live = k;
    while (live) {
        int n = epoll_wait(ep, evs, 64, 1000);
        for (int i = 0; i < n; i++) {
            struct wc *w = W + evs[i].data.u32; ssize_t r = read(w->fd, w->b + w->n, WSCAP - w->n);
            if (r <= 0) { close(w->fd); live--; H[H_EXTRA]++; continue; }
            w->n += r; long p = 0; u64 now = now_ns();
            for (;;) {
                if (w->n - p < 2) break;
                u8 op = w->b[p] & 15; u64 len = w->b[p + 1] & 127; long q = p + 2;
                if (len == 126) { if (w->n - p < 4) break; len = w->b[p + 2] << 8 | w->b[p + 3]; q += 2; }
                else if (len == 127) { if (w->n - p < 10) break; len = 0; for (int j = 0; j < 8; j++) len = len << 8 | w->b[p + 2 + j]; q += 8; }
                if (len + 16 > (u64)WSCAP) { fprintf(stderr, "ws frame of %lu bytes\n", (unsigned long)len); exit(1); }
                if (q + (long)len > w->n) break;
                if (op == 1 || op == 2 || op == 0) {   /* one frame may carry several messages: count every time stamp */
                    const u8 *a = w->b + q, *e = a + len; int any = 0;
                    while (a < e) { const u8 *m = memmem(a, e - a, "2026-01-01T", 11); if (!m) break; rec(seq_from_iso(m, e - m), now); a = m + 23; any = 1; }
                    if (!any) H[H_BAD]++;
                } else if (op == 9) { u8 pg[6] = { 0x8a, 0x80, 0, 0, 0, 0 }; write_all(w->fd, pg, 6); }
                p = q + len;
            }
            memmove(w->b, w->b + p, w->n - p); w->n -= p;
        }
    }
    return 0;
}

/* ---------- pty with COBS frames ---------- */
static u32 crc16(const u8 *p, int n) {   /* CRC-16/CCITT-FALSE: poly 1021, init FFFF */
    static unsigned short tb[256]; static int init; if (!init) { for (int i = 0; i < 256; i++) { unsigned c = i << 8; for (int j = 0; j < 8; j++) c = c & 0x8000 ? c << 1 ^ 0x1021 : c << 1; tb[i] = c; } init = 1; }
    unsigned short c = 0xffff; while (n--) c = c << 8 ^ tb[(c >> 8 ^ *p++) & 255]; return c;
}
static int frame(u8 *o, long seq) {      /* msgpack {"id":u16,"t":u32,"v":f64} + crc16 big-endian, COBS, 00 */
    u8 m[64]; int n = 0; m[n++] = 0x83;
    m[n++] = 0xa2; m[n++] = 'i'; m[n++] = 'd'; m[n++] = 0xcd; int id = seq % o_series; m[n++] = id >> 8; m[n++] = id;
    m[n++] = 0xa1; m[n++] = 't'; m[n++] = 0xce; for (int i = 24; i >= 0; i -= 8) m[n++] = seq >> i;
    m[n++] = 0xa1; m[n++] = 'v'; m[n++] = 0xcb; double v = 20 + (seq % 997) * 0.05; u64 x; memcpy(&x, &v, 8); for (int i = 56; i >= 0; i -= 8) m[n++] = x >> i;
    u32 c = crc16(m, n); if (o_dirty && seq % o_dirty == o_dirty - 1) c ^= 1; m[n++] = c >> 8; m[n++] = c;
    int cp = 0, k = 1, code = 1;
    for (int i = 0; i < n; i++) { if (!m[i]) { o[cp] = code; cp = k++; code = 1; } else { o[k++] = m[i]; code++; } }
    o[cp] = code; o[k++] = 0; return k;
}
static int run_pty(void) {
    int m = posix_openpt(O_RDWR | O_NOCTTY); if (m < 0 || grantpt(m) || unlockpt(m)) die("pty");
    int s = open(ptsname(m), O_RDWR | O_NOCTTY); struct termios t; tcgetattr(s, &t); cfmakeraw(&t); tcsetattr(s, TCSANOW, &t);
    unlink(o_link); if (symlink(ptsname(m), o_link)) die("symlink");
    H[H_READY]++;
    while (!H[H_MODE]) usleep(20000);      /* the harness sets H_MODE=1 to start the stream */
    u64 t0 = now_ns(); H[H_FIRST_SEND] = t0; long sent = 0; static u8 b[1 << 16];
    while (sent < o_count && !H[H_STOP]) {
        long can = o_count - sent; u64 now = now_ns();
        if (o_rate > 0) { long due = (long)((now - t0) * 1e-9 * o_rate) + 1 - sent; if (due < can) can = due; }
        else { long w = (long)H[H_GAUGE] + o_window - sent; if (w < can) can = w; }
        if (can > 500) can = 500;
        if (can <= 0) { usleep(200); continue; }
        int n = 0; for (long i = 0; i < can; i++) { n += frame(b + n, sent); if (sent < (long)CAP) PUB[sent] = now; sent++; }
        if (write_all(m, b, n)) break;
        H[H_SENT] = sent; H[H_LAST_SEND] = now_ns();
    }
    H[H_PUBDONE] = now_ns(); while (!H[H_STOP]) usleep(20000);
    return 0;
}

/* ---------- a broker for one client ---------- */
static long varint(const u8 *b, long n, int *used) {   /* remaining length at b[1], or -1 when it is not whole */
    long v = 0; for (int i = 0; i < 4 && i + 1 < n; i++) { v |= (long)(b[i + 1] & 127) << 7 * i; if (!(b[i + 1] & 128)) { *used = i + 2; return v; } }
    return -1;
}
static int run_feed(void) {              /* 3.1.1 and 5; QoS o_qos; sends o_count at o_rate after the SUBSCRIBE */
    build_templates();
    int ls = listen_on(o_port); H[H_READY]++;
    int fd = accept(ls, 0, 0), one = 1; if (fd < 0) die("accept");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); fcntl(fd, F_SETFL, O_NONBLOCK);
    static u8 in[1 << 16], out[1 << 17]; static int seqof[65536]; memset(seqof, -1, sizeof seqof);
    long n = 0, on = 0, op = 0, sent = 0, unacked = 0; int v5 = 0, go = 0; u32 pid = 0; u64 t0 = 0;
    while (!H[H_STOP] && !(go && sent >= o_count && !unacked)) {
        u64 now = now_ns(), wait = 20000000;
        if (op == on) {
            op = on = 0;
            if (go) {
                long due = (long)((now - t0) * 1e-9 * o_rate) + 1; if (due > o_count) due = o_count;
                u64 nx = t0 + (u64)(due / o_rate * 1e9); if (nx > now && nx - now < wait) wait = nx - now;
                while (sent < due && unacked < 60000 && on < (long)sizeof out - MAXPK - 2) {
                    do { if (++pid > 65535) pid = 1; } while (seqof[pid] >= 0);
                    int k = build(out + on, sent, pid, 0);
                    if (v5) { u8 *b = out + on + TP[(sent % o_series) * 2] + (o_qos ? 2 : 0); memmove(b + 1, b, out + on + k - b); *b = 0; k++; out[on + 1]++; }
                    PUB[sent] = t0 + (u64)(sent / o_rate * 1e9); if (o_qos) { seqof[pid] = sent; unacked++; }
                    on += k; sent++;
                }
                H[H_SENT] = sent; H[H_LAST_SEND] = now;
            }
        }
        if (op < on) { ssize_t w = write(fd, out + op, on - op); if (w > 0) op += w; else if (w < 0 && errno != EAGAIN) die("feed: write"); }
        struct pollfd pf = { fd, POLLIN | (op < on ? POLLOUT : 0), 0 }; struct timespec ts = { 0, wait }; ppoll(&pf, 1, &ts, 0);
        if (!(pf.revents & (POLLIN | POLLHUP | POLLERR))) continue;
        ssize_t r = read(fd, in + n, sizeof in - n); if (r == 0) break; if (r < 0) { if (errno == EAGAIN) continue; die("feed: read"); }
        n += r; now = now_ns(); long p = 0;
        for (int used; ; ) {
            long len = n - p < 2 ? -1 : varint(in + p, n - p, &used); if (len < 0 || p + used + len > n) break;
            u8 *b = in + p + used; int type = in[p] >> 4; u8 a[8]; int k = 0;
            if (type == 1) { v5 = b[6] == 5; a[k++] = 0x20; a[k++] = v5 ? 3 : 2; a[k++] = 0; a[k++] = 0; if (v5) a[k++] = 0; }
            else if (type == 8) { a[k++] = 0x90; a[k++] = v5 ? 4 : 3; a[k++] = b[0]; a[k++] = b[1]; if (v5) a[k++] = 0; a[k++] = o_qos; if (!go) { go = 1; t0 = now + 1000000; H[H_FIRST_SEND] = t0; } }
            else if (type == 12) { a[k++] = 0xd0; a[k++] = 0; }
            else if (type == 4) { u32 id = b[0] << 8 | b[1]; int s = seqof[id]; if (s >= 0) { seqof[id] = -1; unacked--; RCV[s] = now; ACK[s] = 1; H[H_ACKED]++; } else H[H_BAD]++; }
            if (k && write_all(fd, a, k)) die("feed: answer");
            p += used + len;
        }
        memmove(in, in + p, n - p); n -= p;
    }
    H[H_PUBDONE] = now_ns(); while (!H[H_STOP]) usleep(20000);
    return 0;
}

int main(int ac, char **av) {
    if (ac < 2) return 2;
    signal(SIGPIPE, SIG_IGN); prctl(PR_SET_TIMERSLACK, 1); prctl(PR_SET_PDEATHSIG, SIGKILL);
    int c; optind = 2;
    while ((c = getopt(ac, av, "p:n:c:r:w:q:i:S:f:k:u:x:d:s:e:D:a:l:t:I:b:")) > 0) switch (c) {
        case 'p': o_port = atoi(optarg); break; case 'n': o_series = atoi(optarg); break; case 'c': o_count = atol(optarg); break;
        case 'r': o_rate = atof(optarg); break; case 'w': o_window = atol(optarg); break; case 'q': o_qos = atoi(optarg); break;
        case 'i': o_inflight = atoi(optarg); break; case 'S': o_shm = optarg; break; case 'f': o_filter = optarg; break;
        case 'k': o_clients = atoi(optarg); break; case 'u': o_path = optarg; break; case 'x': o_prefix = optarg; break;
        case 'd': o_div = atol(optarg); break; case 's': o_secs = atof(optarg); break; case 'e': o_strevery = atoi(optarg); break;
        case 'D': o_dirty = atoi(optarg); break; case 'a': o_alert = atoi(optarg); break; case 'l': o_link = optarg; break;
        case 't': o_start = atol(optarg); break; case 'I': o_cid = optarg; break; case 'b': o_batch = atoi(optarg); break; default: return 2; }
    shm_open_file(o_shm);
    if (!strcmp(av[1], "pub")) return run_pub();
    if (!strcmp(av[1], "sub")) return run_sub();
    if (!strcmp(av[1], "feed")) return run_feed();
    if (!strcmp(av[1], "sink")) return run_sink();
    if (!strcmp(av[1], "ws")) return run_ws();
    if (!strcmp(av[1], "pty")) return run_pty();
    if (!strcmp(av[1], "sinkload")) return run_sinkload();
    return 2;
}
