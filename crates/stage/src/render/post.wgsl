// The lens and the laboratory: blur by distance at half resolution, bloom, exposure, the film curve and the style, then
// antialiasing, grain and vignette.
// What a picture does not need is left out when the pipeline is made. A branch on a uniform would cost a software device
// twice: it runs both sides, or (lavapipe of Mesa 22) makes a new program for the numbers of each frame and keeps them all.
override shafts: bool = false;    // bright sky throws shafts of light
override larger: bool = false;    // rendered at twice the size
override blurred: bool = false;   // what is out of focus is soft
override halation: bool = false;  // red glow around lights
override cel: bool = false;       // light in steps
override paper_grain: bool = false; // drawn on paper
override pencil: bool = false;    // ... with a pencil
override outlined: bool = false;  // lines where depth or owner changes
override brushed: bool = false;   // marks of a brush that keep edges
override stroked: bool = false;   // strokes along the forms
override dotted: bool = false;    // halftone
override blocky: bool = false;    // blocks of one colour
override faceted: bool = false;   // facets of one colour
override layered: bool = false;   // near layers throw shadows on far ones
override kneaded: bool = false;   // marks of fingers
override hatched: bool = false;   // strokes of a pen
override thermal: bool = false;   // false colours of warmth
override smoothed: bool = false;  // antialiasing of edges
struct Post {
  size: vec4<f32>,   // width, height of the result; of the rendered picture
  lens: vec4<f32>,   // focus in metres, circle of confusion in pixels at infinity, greatest circle, -
  tone: vec4<f32>,   // exposure, contrast, saturation, bloom
  tint: vec4<f32>,   // multiplies shadows (rgb)
  warm: vec4<f32>,   // multiplies lights (rgb); w: vignette
  film: vec4<f32>,   // grain, frame number, -, fade of blacks
  style: vec4<f32>,  // levels of cel, strength of lines, paper, halation
  ink: vec4<f32>,    // colour of lines; w: shafts
  sun: vec4<f32>,    // place of the sun in the picture, hatching, warmth
  craft: vec4<f32>,  // brush, strokes, dots (pixels of a picture 720 high), blocks from top to bottom
  craft2: vec4<f32>, // facets (the same pixels), layers, clay, -
};
@group(0) @binding(0) var<uniform> U: Post;
@group(0) @binding(1) var hdr: texture_2d<f32>;
@group(0) @binding(2) var aux: texture_2d<f32>;
@group(0) @binding(3) var lin: sampler;
@group(0) @binding(4) var extra: texture_2d<f32>;
@group(0) @binding(5) var extra2: texture_2d<f32>;
struct FS { @builtin(position) p: vec4<f32>, @location(0) uv: vec2<f32> };
@vertex fn vs_post(@builtin(vertex_index) i: u32) -> FS {
  let uv = vec2(f32((i << 1u) & 2u), f32(i & 2u)); var o: FS; o.p = vec4(uv*2.0 - 1.0, 0.0, 1.0); o.uv = vec2(uv.x, 1.0 - uv.y); return o;
}
fn aux_at(uv: vec2<f32>) -> vec2<f32> { return textureLoad(aux, vec2<i32>(clamp(uv, vec2(0.0), vec2(0.9999))*U.size.zw), 0).xy; }
// Signed: behind the focus is positive. Pixels of the result.
fn coc(d: f32) -> f32 { return clamp((d - U.lens.x)/max(d, 0.05)*U.lens.y, -U.lens.z, U.lens.z); }
fn luma(c: vec3<f32>) -> f32 { return dot(c, vec3(0.2126, 0.7152, 0.0722)); }
fn hash(p: vec2<f32>) -> f32 { var q = fract(vec3(p.xyx)*0.1031); q += dot(q, q.yzx + 33.33); return fract((q.x + q.y)*q.z); }

// Half size: colour, and the circle of confusion of the nearest of the pixels it stands for.
@fragment fn fs_half(v: FS) -> @location(0) vec4<f32> {
  let px = 0.5/U.size.xy; var c = vec3(0.0); var near = 1e9;
  for (var i = 0; i < 4; i++) {
    let uv = v.uv + (vec2(f32(i & 1), f32(i >> 1)) - 0.5)*2.0*px;
    c += min(textureSampleLevel(hdr, lin, uv, 0.0).rgb, vec3(9.0)); near = min(near, aux_at(uv).x);
  }
  return vec4(c*0.25, coc(near));
}
// A disc of samples; a sample counts where its own circle reaches this pixel, so that sharp things do not bleed out.
@fragment fn fs_blur(v: FS) -> @location(0) vec4<f32> {
  let px = 1.0/U.size.xy; let here = textureSampleLevel(hdr, lin, v.uv, 0.0); let r0 = abs(here.a); var sum = here.rgb; var w = 1.0; var spread = r0;
  let reach = U.lens.z; let turn = hash(v.p.xy)*6.283; let n = 16;
  for (var i = 0; i < n; i++) {
    let a = f32(i)*2.39996 + turn; let rr = sqrt((f32(i) + 0.5)/f32(n))*reach;
    let s = textureSampleLevel(hdr, lin, v.uv + vec2(cos(a), sin(a))*rr*px, 0.0); var r = abs(s.a);
    if (s.a > here.a) { r = min(r, r0*1.6 + 0.5); }
    let k = smoothstep(rr - 1.5, rr + 1.0, r); sum += s.rgb*k; w += k; spread = max(spread, select(0.0, r*k, s.a < 0.0));
  }
  return vec4(sum/w, spread);
}
@fragment fn fs_bright(v: FS) -> @location(0) vec4<f32> {
  let px = 2.0/U.size.xy; var c = vec3(0.0);
  for (var i = 0; i < 16; i++) { c += min(textureSampleLevel(hdr, lin, v.uv + (vec2(f32(i % 4), f32(i / 4)) - 1.5)*px*1.0, 0.0).rgb, vec3(8.0)); }
  c = c/16.0*U.tone.x; let l = max(c.r, max(c.g, c.b)); return vec4(c*smoothstep(0.75, 2.2, l), 1.0);
}
@fragment fn fs_spread(v: FS) -> @location(0) vec4<f32> {
  let px = 8.0/U.size.xy; var c = vec3(0.0); var w = 0.0;
  for (var i = 0; i < 26; i++) { let a = f32(i)*2.39996; let r = sqrt((f32(i) + 0.5)/26.0); let k = exp(-r*r*2.4); c += textureSampleLevel(hdr, lin, v.uv + vec2(cos(a), sin(a))*r*px*7.0*(U.size.y/720.0), 0.0).rgb*k; w += k; }
  var shaft = 0.0;
  if (shafts) { // how much bright sky lies between here and the sun
    let n = 16; let j = hash(v.p.xy); let to = U.sun.xy - v.uv;
    for (var i = 0; i < n; i++) { let q = v.uv + to*((f32(i) + j)/f32(n))*0.9; shaft += smoothstep(60.0, 400.0, aux_at(q).x)*(1.0 - 0.5*f32(i)/f32(n)); }
    shaft = shaft/f32(n)*exp(-dot(to*vec2(1.78, 1.0), to*vec2(1.78, 1.0))*2.2)*U.ink.w;
  }
  return vec4(c/w, shaft);
}
// The film curve: ACES as fitted by Narkowicz (2015), softened.
fn curve(x: vec3<f32>) -> vec3<f32> { return clamp((x*(2.51*x + 0.03))/(x*(2.43*x + 0.59) + 0.14), vec3(0.0), vec3(1.0)); }
fn encode(c: vec3<f32>) -> vec3<f32> { return select(1.055*pow(max(c, vec3(0.0)), vec3(1.0/2.4)) - 0.055, c*12.92, c < vec3(0.0031308)); }
fn paper(p: vec2<f32>) -> f32 {
  var s = 0.0; var a = 0.5; var q = p;
  for (var i = 0; i < 4; i++) { let f = floor(q); let t = fract(q); let u = t*t*(3.0 - 2.0*t); s += a*mix(mix(hash(f), hash(f + vec2(1.0, 0.0)), u.x), mix(hash(f + vec2(0.0, 1.0)), hash(f + vec2(1.0, 1.0)), u.x), u.y); q = q*2.03 + 17.0; a *= 0.5; }
  return s;
}
// Lines where depth or owner changes.
fn lines(uv: vec2<f32>) -> f32 {
  let px = max(U.size.y/720.0, 0.75)/U.size.xy; let c = aux_at(uv); let d = log2(max(c.x, 0.1)); var e = 0.0;
  let l = log2(max(aux_at(uv - vec2(px.x, 0.0)).x, 0.1)); let r = log2(max(aux_at(uv + vec2(px.x, 0.0)).x, 0.1));
  let u = log2(max(aux_at(uv - vec2(0.0, px.y)).x, 0.1)); let b = log2(max(aux_at(uv + vec2(0.0, px.y)).x, 0.1));
  // The second difference finds edges, not slopes.
  e = max(abs(l + r - 2.0*d), abs(u + b - 2.0*d));
  let id = max(abs(aux_at(uv + vec2(px.x, 0.0)).y - c.y), abs(aux_at(uv + vec2(0.0, px.y)).y - c.y));
  return clamp(smoothstep(0.06, 0.22, e)*smoothstep(3000.0, 60.0, min(c.x, 2999.0)) + step(0.5, id), 0.0, 1.0);
}
fn picture(uv: vec2<f32>) -> vec3<f32> {
  var c = min(textureSampleLevel(hdr, lin, uv, 0.0).rgb, vec3(14.0));
  if (larger) { // four samples a pixel
    let px = 0.25/U.size.xy; c = vec3(0.0);
    for (var i = 0; i < 4; i++) { let q = textureSampleLevel(hdr, lin, uv + (vec2(f32(i & 1), f32(i >> 1))*2.0 - 1.0)*px, 0.0).rgb; c += q/(1.0 + luma(q)*0.5); }
    c = c*0.25; c = c/max(1.0 - luma(c)*0.5, 0.05);
  }
  return c;
}
// Light as the film sees it, so that one bright window does not decide a stroke.
fn toned(uv: vec2<f32>) -> vec3<f32> { let c = textureSampleLevel(hdr, lin, uv, 0.0).rgb*U.tone.x; return c/(1.0 + luma(c)); }
fn untoned(c: vec3<f32>) -> vec3<f32> { return c/max(1.0 - luma(c), 0.06)/U.tone.x; }
// The mean of that quarter of the neighbourhood that differs least (Kuwahara 1976, with soft weights).
fn brush_mark(uv: vec2<f32>, radius: f32) -> vec3<f32> {
  let px = 1.0/U.size.xy; var sum = vec3(0.0); var total = 0.0;
  for (var k = 0; k < 6; k++) {
    let a0 = f32(k)*1.0472; var m = vec3(0.0); var s = vec3(0.0);
    for (var i = 0; i < 6; i++) {
      let a = a0 + (f32(i % 3) - 1.0)*0.35; let r = radius*select(0.45, 0.95, i > 2); let q = toned(uv + vec2(cos(a), sin(a))*r*px); m += q; s += q*q;
    }
    m /= 6.0; s = abs(s/6.0 - m*m); let w = 1.0/pow(0.02 + sqrt(s.r + s.g + s.b), 6.0); sum += m*w; total += w;
  }
  return sum/total;
}
// The way the forms run: across the slope of light, and where there is none in slow curls.
fn stroke_way(uv: vec2<f32>) -> vec2<f32> {
  let e = 3.5*max(U.size.y/720.0, 0.5)/U.size.xy;
  let g = vec2(luma(toned(uv + vec2(e.x, 0.0))) - luma(toned(uv - vec2(e.x, 0.0))), luma(toned(uv + vec2(0.0, e.y))) - luma(toned(uv - vec2(0.0, e.y))));
  let q = uv*vec2(U.size.x/U.size.y, 1.0); let a = 6.2832*(paper(q*3.1)*1.3 + 0.35*sin(q.x*5.0 + 3.0*q.y)); let curl = vec2(cos(a), sin(a))*0.045;
  return normalize(vec2(-g.y, g.x)*select(-1.0, 1.0, dot(vec2(-g.y, g.x), curl) > 0.0) + curl);
}
fn strokes(uv: vec2<f32>, length: f32) -> vec4<f32> {
  let px = 1.0/U.size.xy; var sum = toned(uv)*1.5; var w = 1.5; var bristle = 0.0;
  // Each stroke has one colour: where along it we are is blurred away, across it is not.
  for (var side = 0; side < 2; side++) {
    var p = uv; let dir = select(-1.0, 1.0, side == 0);
    for (var i = 0; i < 4; i++) {
      p += stroke_way(p)*dir*length*0.25*px; let k = 1.0 - f32(i)*0.18; sum += toned(p)*k; w += k;
      bristle += hash(floor(p*U.size.xy/max(U.size.y/360.0, 1.0)))*k;
    }
  }
  return vec4(sum/w, bristle/max(w - 1.5, 0.1) - 0.5);
}
// The middle of the facet that a point is in, and how near its edge is.
fn facet(uv: vec2<f32>, size: f32) -> vec3<f32> {
  let q = uv*U.size.xy/size; let b = floor(q); var best = vec2(0.0); var d1 = 9.0; var d2 = 9.0;
  for (var j = -1; j <= 1; j++) { for (var i = -1; i <= 1; i++) {
    let c = b + vec2(f32(i), f32(j)); let p = c + 0.5 + 0.42*vec2(hash(c) - 0.5, hash(c + 31.0) - 0.5)*2.0; let d = dot(p - q, p - q);
    if (d < d1) { d2 = d1; d1 = d; best = p; } else if (d < d2) { d2 = d; }
  } }
  return vec3(best*size/U.size.xy, sqrt(d2) - sqrt(d1));
}
fn pen(q: vec2<f32>, t: f32) -> f32 { // ink where strokes of a pen lie
  let w = (paper(q*0.012) - 0.5)*9.0; var ink = 0.0;
  for (var k = 0; k < 4; k++) {
    let a = 0.78 + f32(k)*0.95*select(1.0, -1.0, k % 2 == 1); let d = vec2(cos(a), sin(a)); let x = dot(q, d) + w; let along = dot(q, vec2(-d.y, d.x));
    let wide = (0.74 - t - f32(k)*0.17)*1.25; let f = abs(fract(x/5.2 + 0.35*hash(vec2(floor(x/5.2), f32(k)))) - 0.5)*2.0;
    ink = max(ink, smoothstep(wide, wide - 0.30, f)*step(0.02, wide)*(0.72 + 0.28*paper(vec2(along*0.05, floor(x/5.2)))));
  }
  return ink;
}
fn heat(t: f32) -> vec3<f32> {
  let a = mix(vec3(0.02, 0.01, 0.10), vec3(0.28, 0.03, 0.50), smoothstep(0.0, 0.28, t)); let b = mix(a, vec3(0.86, 0.16, 0.34), smoothstep(0.25, 0.52, t));
  return mix(mix(b, vec3(1.0, 0.62, 0.10), smoothstep(0.50, 0.76, t)), vec3(1.0, 0.97, 0.78), smoothstep(0.74, 1.0, t));
}
@fragment fn fs_develop(v: FS) -> @location(0) vec4<f32> {
  let px = 1.0/U.size.xy; let unit = U.size.y/720.0; var at = v.uv; var edge_of_facet = 1.0; var bristle = 0.0;
  if (blocky) { let n = vec2(round(U.craft.w*U.size.x/U.size.y), U.craft.w); at = (floor(v.uv*n) + 0.5)/n; }
  if (faceted) { let f = facet(v.uv, U.craft2.x*unit); at = f.xy; edge_of_facet = f.z; }
  var c = picture(at);
  if (brushed) { c = untoned(brush_mark(at, U.craft.x*unit)); }
  if (stroked) { let s = strokes(at, U.craft.y*unit); c = untoned(s.rgb); bristle = s.a; }
  let a = aux_at(at);
  if (blurred) {
    let far = textureSampleLevel(extra, lin, at, 0.0);
    c = mix(c, far.rgb, smoothstep(0.6, 1.8, max(abs(coc(a.x)), far.a*0.9)));
  }
  let glow = textureSampleLevel(extra2, lin, at, 0.0); let bloom = glow.rgb;
  c = c*U.tone.x + bloom*U.tone.w;
  if (halation) { c += vec3(1.0, 0.32, 0.16)*luma(bloom)*U.style.w; }
  c += U.warm.rgb*vec3(1.0, 0.86, 0.62)*glow.a;
  if (cel) { // hue kept
    let l = luma(c); let n = U.style.x; let x = pow(l/(l + 0.55), 0.8)*n; let f = fract(x); let q = (floor(x) + smoothstep(0.40, 0.60, f))/n;
    let back = pow(q, 1.25); let to = back/max(1.0 - back, 0.08)*0.55; c *= mix(1.0, to/max(l, 0.001), 0.85);
  }
  c = curve(c*0.92); let l = luma(c);
  c = mix(vec3(l), c, U.tone.z);
  c *= mix(U.tint.rgb, U.warm.rgb, smoothstep(0.05, 0.65, l));
  var e = encode(clamp(c, vec3(0.0), vec3(1.0)));
  e = clamp(mix(vec3(0.46), e, U.tone.y), vec3(0.0), vec3(1.0));
  if (paper_grain) {
    let k = U.size.y/720.0; let q = v.p.xy/k; let g = paper(q*0.9);
    if (pencil) { // tone from crossed strokes
      let t = luma(e); let h1 = paper(vec2(q.x*0.45 + q.y*0.45, (q.x - q.y)*0.035)); let h2 = paper(vec2(q.x*0.5 - q.y*0.4, (q.x*0.8 + q.y)*0.035) + 9.0);
      let s = smoothstep(t - 0.16, t + 0.22, 1.02 - h1*0.55 - 0.22)*0.42 + smoothstep(t*1.5 - 0.1, t*1.5 + 0.3, 0.95 - h2*0.55 - 0.25)*0.40;
      e = vec3(0.965, 0.955, 0.93)*(0.96 + 0.06*g) - s*vec3(0.72, 0.72, 0.70);
    } else { // washes: colour pools at the grain of the paper
      let b = paper(q*0.02 + 3.0); e = mix(e, e*e*(3.0 - 2.0*e), 0.25); e = 1.0 - (1.0 - e)*(0.80 + 0.38*b); e = mix(e, vec3(1.0), 0.10*g) - (g - 0.5)*0.07*U.style.z;
    }
  }
  let q = v.p.xy/unit;
  if (stroked) { e = clamp(e + bristle*0.16, vec3(0.0), vec3(1.0)); }
  if (brushed && !kneaded && !layered) { // the relief of thick paint
    let g = paper(vec2(q.x*0.20 + q.y*0.05, q.y*0.55)) - paper(vec2(q.x*0.20 + q.y*0.05 + 0.3, q.y*0.55 + 0.4)); e *= 1.0 + 0.22*g;
  }
  if (faceted) { e = e*(0.97 + 0.06*hash(floor(at*U.size.xy*0.37))) ; }
  if (blocky) { // few colours, the steps between them woven
    let n = vec2(round(U.craft.w*U.size.x/U.size.y), U.craft.w); let b = vec2<i32>(floor(v.uv*n)); let bayer = f32((((b.x ^ b.y) & 1) << 3u) | ((b.y & 1) << 2u) | ((((b.x >> 1u) ^ (b.y >> 1u)) & 1) << 1u) | ((b.y >> 1u) & 1))/16.0;
    e = clamp(floor(e*10.0 + 0.16 + bayer*0.7)/10.0, vec3(0.0), vec3(1.0));
  }
  if (layered) { // paper over paper: each sheet a little lighter at its edge, its shadow below and to the right
    var shade = 0.0; let here = log2(max(a.x, 0.1));
    for (var i = 1; i < 6; i++) { let o = vec2(-1.0, -1.25)*f32(i)*1.7*unit*px; let there = aux_at(v.uv + o); shade = max(shade, smoothstep(0.10, 0.30, here - log2(max(there.x, 0.1)))*(1.0 - f32(i)/7.0)); }
    let rim = lines(v.uv); e = mix(e, vec3(0.97), rim*0.30*(1.0 - shade)); e *= 1.0 - 0.55*shade*U.craft2.y; e *= 0.94 + 0.12*paper(q*0.55);
  }
  if (kneaded) { // prints of fingers: whorls in patches
    let cell = floor(q/46.0 + 0.3*vec2(paper(q*0.02), paper(q*0.02 + 7.0))); let r = vec2(hash(cell), hash(cell + 17.0)); let d = length(q - (cell + 0.2 + 0.6*r)*46.0);
    let ridge = sin(d*1.15 + 2.0*paper(q*0.09)*3.0)*smoothstep(30.0, 8.0, d)*step(0.35, r.x); let lump = paper(q*0.05) - paper(q*0.05 + 0.12);
    e = clamp(e*(1.0 + U.craft2.z*(0.045*ridge + 0.24*lump)), vec3(0.0), vec3(1.0));
  }
  if (dotted) { // dots grow with darkness, on a screen turned by a seventh of a turn
    let s = mat2x2<f32>(0.799, 0.602, -0.602, 0.799)*q/U.craft.z; let f = fract(s) - 0.5; let t = 1.0 - luma(e); let dot_ = smoothstep(0.08, -0.08, length(f) - 0.74*sqrt(clamp(t*1.1 - 0.22, 0.0, 1.0))*0.86);
    let flat_ = clamp(e*1.12 + 0.06, vec3(0.0), vec3(1.0)); e = mix(flat_, flat_*vec3(0.46, 0.44, 0.52), dot_*(1.0 - smoothstep(0.72, 0.85, luma(e))));
  }
  if (hatched) { let ink = pen(q, luma(e)*1.04); e = mix(vec3(0.955, 0.935, 0.885)*(0.96 + 0.06*paper(q*0.7)), U.ink.rgb, ink*U.sun.z); }
  if (thermal) { // what lives is warm; ground and sky are as cold as they are dark
    let warm = step(0.5, a.y); let t = clamp(luma(e)*0.42 + warm*(0.42 + 0.22*luma(e)) - 0.10*smoothstep(400.0, 3000.0, a.x), 0.0, 1.0); e = mix(e, heat(t), U.sun.w);
  }
  if (outlined) { e = mix(e, U.ink.rgb, lines(at)*U.style.y); }
  e = mix(e, e*(1.0 - U.film.w) + U.film.w, 1.0);
  return vec4(clamp(e, vec3(0.0), vec3(1.0)), luma(e));
}
// Antialiasing of edges from the picture alone, after Lottes' FXAA.
@fragment fn fs_finish(v: FS) -> @location(0) vec4<f32> {
  let px = 1.0/U.size.xy; let m = textureSampleLevel(hdr, lin, v.uv, 0.0); var c = m.rgb;
  if (smoothed) {
    let nw = textureSampleLevel(hdr, lin, v.uv + vec2(-1.0, -1.0)*px, 0.0).a; let ne = textureSampleLevel(hdr, lin, v.uv + vec2(1.0, -1.0)*px, 0.0).a;
    let sw = textureSampleLevel(hdr, lin, v.uv + vec2(-1.0, 1.0)*px, 0.0).a; let se = textureSampleLevel(hdr, lin, v.uv + vec2(1.0, 1.0)*px, 0.0).a;
    let lo = min(m.a, min(min(nw, ne), min(sw, se))); let hi = max(m.a, max(max(nw, ne), max(sw, se)));
    if (hi - lo > max(0.04, hi*0.10)) {
      var dir = vec2(-((nw + ne) - (sw + se)), (nw + sw) - (ne + se));
      let reduce = max((nw + ne + sw + se)*0.03125, 0.0078); let k = 1.0/(min(abs(dir.x), abs(dir.y)) + reduce);
      dir = clamp(dir*k, vec2(-8.0), vec2(8.0))*px;
      let a = 0.5*(textureSampleLevel(hdr, lin, v.uv - dir/6.0, 0.0) + textureSampleLevel(hdr, lin, v.uv + dir/6.0, 0.0));
      let b = a*0.5 + 0.25*(textureSampleLevel(hdr, lin, v.uv - dir*0.5, 0.0) + textureSampleLevel(hdr, lin, v.uv + dir*0.5, 0.0));
      c = select(b.rgb, a.rgb, b.a < lo || b.a > hi);
    }
  }
  let g = (v.uv - 0.5)*vec2(1.0, U.size.y/U.size.x*1.4); c *= 1.0 - dot(g, g)*U.warm.w;
  let k = max(U.size.y/720.0, 0.5); let cell = floor(v.p.xy/max(k, 1.0)); let l = luma(c);
  let noise = hash(cell + vec2(U.film.y*17.3, U.film.y*5.7)) + hash(cell*1.7 + vec2(U.film.y*3.1, 71.0)) - 1.0;
  c += noise*U.film.x*(0.5 + 0.5*sqrt(l))*(1.05 - l*0.6);
  // A last dither of half a step hides banding in skies.
  c += (hash(v.p.xy + 0.37) - 0.5)/255.0;
  return vec4(clamp(c, vec3(0.0), vec3(1.0)), 1.0);
}
@fragment fn fs_pick(v: FS) -> @location(0) vec2<f32> { return aux_at(v.uv); }
// Halves a baked picture of a plant with its shape as weight. hdr: colour, aux: normal.
struct MOut { @location(0) colour: vec4<f32>, @location(1) normal: vec4<f32> };
@fragment fn fs_halve(v: FS) -> MOut {
  var o: MOut; let at = vec2<i32>(v.p.xy)*2;
  for (var i = 0; i < 4; i++) { let q = at + vec2(i & 1, i >> 1); let c = textureLoad(hdr, q, 0); o.colour += vec4(c.rgb, c.a); o.normal += textureLoad(aux, q, 0); }
  o.colour *= 0.25; o.normal *= 0.25; o.colour.a = min(o.colour.a*1.0, 1.0); return o;
}
