// Plants, stones and buildings: a vertex is placed by its instance and moved by the wind; a shape is cut out of a card by
// numbers, so no pictures of leaves are needed.
struct TIn {
  @location(0) p: vec3<f32>, @location(1) n: vec3<f32>, @location(2) uv: vec2<f32>, @location(3) c: vec4<f32>, @location(4) k: vec4<f32>,
  @location(5) place: vec4<f32>, @location(6) tint: vec4<f32>, @location(7) misc: vec4<f32>,
};
struct TOut {
  @builtin(position) clip: vec4<f32>, @location(0) wp: vec3<f32>, @location(1) n: vec3<f32>, @location(2) uv: vec2<f32>, @location(3) c: vec4<f32>,
  @location(4) k: vec4<f32>, @location(5) @interpolate(flat) misc: vec4<f32>, @location(6) bp: vec3<f32>,
};
fn turn(p: vec3<f32>, yaw: f32) -> vec3<f32> {
  let s = sin(yaw); let c = cos(yaw); return vec3(c*p.x + s*p.z, p.y, c*p.z - s*p.x);
}
fn placed(v: TIn) -> TOut {
  var wp = turn(v.p*vec3(1.0, v.misc.w, 1.0), v.tint.w)*v.place.w + v.place.xyz; let n = turn(v.n, v.tint.w);
  let t = F.eye.w; let ph = v.misc.x*6.283; let wind = F.up.w;
  let gust = 0.6 + 0.5*sin(t*0.7 + wp.x*0.05 + wp.z*0.03);
  let s = (sin(t*1.3 + ph) + 0.45*sin(t*2.9 + ph*2.7))*0.5 + 0.6*gust;
  wp += vec3(0.9, -0.12, 0.35)*(v.k.y*0.30*v.place.w*s*wind)
      + vec3(0.5, 0.8, 0.4)*(v.k.z*0.05*v.place.w*wind*sin(t*5.3 + ph + v.p.x*2.1 + v.p.z*2.7 + v.p.y*1.3));
  var o: TOut; o.wp = wp; o.n = n; o.uv = v.uv; o.bp = v.p; o.misc = v.misc; o.misc.y = max(v.misc.y, F.turn.w); o.clip = F.view*vec4(wp, 1.0);
  o.c = vec4(v.c.rgb*v.c.rgb*v.tint.rgb, v.c.a); o.k = vec4(v.k.x*255.0, v.k.y, v.k.z, v.k.w); return o;
}
fn built(v: TIn) -> TOut { // stands as it is, in metres
  var o: TOut; o.wp = v.p; o.n = v.n; o.uv = v.uv; o.bp = v.p; o.misc = vec4(0.0, 0.0, 1.0, 1.0); o.clip = F.view*vec4(v.p, 1.0);
  o.c = vec4(v.c.rgb*v.c.rgb, v.c.a); o.k = vec4(v.k.x*255.0, v.k.y, v.k.z, v.k.w); return o;
}
@vertex fn vs_thing(v: TIn) -> TOut { return placed(v); }
@vertex fn vs_built(v: TIn) -> TOut { return built(v); }
fn leaf_cell(p: vec2<f32>, off: f32) -> vec3<f32> {
  let q = p + off; let c = floor(q); let r = h2(c); let r2 = h2(c + 37.0); let a = r.x*6.283; let e = fract(q) - 0.5 - (r2 - 0.5)*0.25;
  let x = e.x*cos(a) + e.y*sin(a); let y = e.y*cos(a) - e.x*sin(a);
  let w = 0.225*(1.0 - pow(abs(x)/0.56, 2.0))*(0.9 + 0.22*cos(x*26.0)); return vec3(w - abs(y), r.y, y);
}
// x > 0 inside, y a tone per leaf, z a mark along the middle.
fn cut(kind: f32, uv: vec2<f32>, fw: f32) -> vec3<f32> {
  if (kind < 3.5) { // cluster of broad leaves
    let p = (uv - floor(uv))*4.6; let d = length(fract(uv) - 0.5); let s = floor(uv.x)*3.0;
    let a = leaf_cell(p + s, 0.0); let b = leaf_cell(p*1.07 + s + 11.0, 0.47); var r = a; if (b.x > a.x) { r = b; }
    return vec3(min(r.x + fw*0.25, (0.49 - d)*2.0), r.y, r.z);
  }
  if (kind < 4.5) { // fir spray: side twigs with needles
    let v = abs(uv.y); let sd = step(0.0, uv.y)*0.5; let q = uv.x*8.5 - v*1.7 + sd; let c = floor(q); let r = h2(vec2(c, sd)); let e = abs(fract(q) - 0.5);
    let tip = 0.72 + 0.28*r.x - v; let w = 0.36*smoothstep(0.0, 0.35, tip) + 0.04; let nd = 0.075*sin(uv.x*55.0 + v*170.0*(0.8 + 0.2*r.y));
    return vec3(min(max(w + nd - e, 0.10 - v) + fw*0.5, tip), r.x, 0.5 - e);
  }
  if (kind < 5.5) { // palm frond
    let v = abs(uv.y); let q = uv.x*30.0 - v*3.2 + step(0.0, uv.y)*0.5; let r = h2(vec2(floor(q), step(0.0, uv.y))); let e = abs(fract(q) - 0.5);
    return vec3(max(0.46*pow(max(1.0 - v*(0.95 + 0.2*r.x), 0.0), 0.45) - e, 0.035 - v) + fw*0.12, r.x, 0.03 - v);
  }
  if (kind < 6.5) { let r = nz(uv*vec2(0.11, 0.07)).x + 0.5*nz(uv*vec2(0.5, 0.2)).y; return vec3(0.98 - abs(uv.y)*0.75 - r*0.72, 0.5, 0.0); }
  if (kind < 7.5) { return vec3(1.0, 0.5, 0.0); }
  if (kind < 8.5) { let a = atan2(uv.y, uv.x); let d = length(uv); return vec3(0.62 + 0.36*abs(cos(a*2.5)) - d, d, 0.0); }
  let w = 0.55*(1.0 - uv.x*uv.x)*(0.85 + 0.3*cos(uv.x*14.0)); return vec3(max(w - abs(uv.y), 0.03 - abs(uv.y)), 0.5, uv.y);
}
@fragment fn fs_cut_shadow(v: TOut) { if (cut(v.k.x, v.uv, 0.02).x < 0.0) { discard; } }
struct Surface { albedo: vec3<f32>, n: vec3<f32>, thin: f32, open: f32 };
fn cut_surface(v: TOut, c: vec3<f32>) -> Surface {
  var n = normalize(v.n); var albedo = v.c.rgb; var thin = 0.8; let k = v.k.x; let snow = v.misc.y;
  if (k < 3.5) {
    albedo *= 0.65 + 0.7*c.y; n = normalize(n + vec3(c.y - 0.5, 0.0, fract(c.y*7.0) - 0.5)*0.5);
    albedo = mix(albedo*1.15, albedo*0.9, smoothstep(0.0, 0.05, abs(c.z)));
  } else if (k < 4.5) {
    thin = 0.35; albedo *= (0.62 + 0.6*c.y)*(0.75 + 0.6*c.z); albedo = mix(albedo, albedo*vec3(1.5, 1.45, 1.0), v.c.a*v.c.a*0.35);
    let s = snow*smoothstep(0.50, 0.70, v.n.y*0.45 + nz(v.uv*vec2(0.6, 0.11) + v.misc.x).x*0.5 - 0.05); albedo = mix(albedo, vec3(0.82, 0.85, 0.90), s*0.92);
  } else if (k < 5.5) {
    albedo *= 0.7 + 0.5*c.y; albedo = mix(albedo, vec3(0.35, 0.36, 0.12), smoothstep(0.0, 0.02, c.z)); n = normalize(n + (vec3(c.y, 0.5, fract(c.y*5.0)) - 0.5)*0.4);
  } else if (k < 6.5) { thin = 0.15; n = normalize(n + (nz(v.uv*0.4).xyw - 0.5)*0.3); }
  else if (k < 7.5) { albedo = mix(albedo, vec3(0.8, 0.83, 0.88), snow*v.c.a*0.6); thin = 0.75; }
  else if (k < 8.5) { albedo = mix(vec3(0.75, 0.48, 0.03), albedo, smoothstep(0.18, 0.28, c.y)); }
  else { thin = 0.2; albedo *= 0.8 + 0.4*smoothstep(0.0, 0.15, abs(c.z)); }
  var s: Surface; s.albedo = albedo; s.n = n; s.thin = thin; s.open = v.k.w; return s;
}
fn solid_surface(v: TOut) -> Surface {
  var n = normalize(v.n); var albedo = v.c.rgb; let k = v.k.x; let snow = v.misc.y;
  if (k < 1.5) {
    let g = nz(vec2(v.uv.x*1.3, v.uv.y*0.16)); let g2 = nz(vec2(v.uv.x*4.1, v.uv.y*0.5));
    albedo *= 0.35 + 1.1*smoothstep(0.30, 0.65, g.x*0.6 + g2.w*0.45); n = normalize(n + (vec3(g.y, g.x, g2.y) - 0.5)*0.7);
    albedo = mix(albedo, vec3(0.10, 0.13, 0.05), 0.5*smoothstep(0.5, 0.62, g.y)*smoothstep(2.5, 0.2, v.bp.y)*(1.0 - snow));
  } else if (k < 2.5) {
    let g = nz(vec2(v.uv.x*0.55, v.uv.y*2.3)).x; let g2 = nz(vec2(v.uv.x*0.9, v.uv.y*0.35)).y;
    albedo = mix(albedo, vec3(0.035, 0.03, 0.028), max(smoothstep(0.60, 0.68, g), smoothstep(0.62, 0.70, g2)));
    albedo = mix(albedo, vec3(0.10, 0.085, 0.07), smoothstep(0.9, 0.1, v.bp.y)*smoothstep(0.35, 0.6, g2)); if (v.k.y > 0.75) { albedo *= 0.4; }
  } else if (k < 11.5) {
    let r = abs(fract(v.uv.y*5.5 + nz(vec2(v.uv.x*0.5, v.uv.y)).x*0.25) - 0.5); albedo *= 0.45 + 1.2*r; n = normalize(n + vec3(0.0, 0.6 - r*2.0, 0.0)*0.5);
  } else {
    let g = nz(v.bp.xy*0.35 + v.bp.z*0.2 + v.misc.x); let g2 = nz(v.bp.zy*1.4); albedo *= 0.5 + 0.75*g.x + 0.35*(g2.w - 0.3);
    n = normalize(n + (vec3(g2.x, g2.y, g2.w) - 0.5)*0.5); albedo = mix(albedo, vec3(0.11, 0.14, 0.05), 0.5*smoothstep(0.5, 0.62, g.y)*smoothstep(0.3, 0.8, n.y));
  }
  if (snow > 0.0) { albedo = mix(albedo, vec3(0.86, 0.885, 0.925), smoothstep(0.45, 0.70, n.y + (nz(v.wp.xz*0.4).x - 0.5)*0.5)*snow); }
  var s: Surface; s.albedo = albedo; s.n = n; s.thin = 0.0; s.open = v.k.w; return s;
}
// A picture of a plant from one side, for far away: colour and shape, then normal (in the plant's own axes) and openness.
struct BOut { @location(0) colour: vec4<f32>, @location(1) normal: vec4<f32> };
@vertex fn vs_bake(v: TIn) -> TOut {
  var o = built(v); let p = turn(v.p, v.tint.w);
  o.clip = vec4(p.x/v.place.w, (v.p.y - v.place.y)/v.misc.w*2.0 - 1.0, 0.5 - p.z*0.01, 1.0); o.misc = vec4(0.3, v.misc.y, 1.0, 1.0); return o;
}
fn baked(s: Surface) -> BOut { var o: BOut; o.colour = vec4(sqrt(s.albedo), 1.0); o.normal = vec4(s.n*0.5 + 0.5, s.open); return o; }
@fragment fn fs_bake_solid(v: TOut) -> BOut { return baked(solid_surface(v)); }
@fragment fn fs_bake_cut(v: TOut) -> BOut { let c = cut(v.k.x, v.uv, 0.06); if (c.x < 0.0) { discard; } return baked(cut_surface(v, c)); }
