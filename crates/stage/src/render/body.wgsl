// Bodies, skinned on the processor: the resting half of a vertex, the moving half, and what the performer adds.
struct BIn {
  @location(0) rest: vec3<f32>, @location(1) c0: vec4<f32>, @location(2) c1: vec4<f32>, @location(3) pattern: vec2<f32>,
  @location(4) p: vec3<f32>, @location(5) n: vec3<f32>, @location(6) comb: vec3<f32>,
  @location(7) tint: vec4<f32>,    // rgb; w: owner in the mask
  @location(8) finish: vec4<f32>,  // gloss, wrinkle, fur length in metres, strands per metre
  @location(9) marks: vec4<f32>,   // marking, cells per metre, heights per metre, shell 0..1
  @location(10) lock: vec2<f32>,   // how full a lock of hair is here, how much snow catches
  @location(11) gone: vec2<f32>,   // how much of it is gone, in patches per metre
};
struct BOut2 {
  @builtin(position) clip: vec4<f32>, @location(0) wp: vec3<f32>, @location(1) n: vec3<f32>, @location(2) c0: vec4<f32>, @location(3) c1: vec4<f32>,
  @location(4) rest: vec3<f32>, @location(5) pattern: vec2<f32>, @location(6) comb: vec3<f32>, @location(7) @interpolate(flat) tint: vec4<f32>,
  @location(8) @interpolate(flat) finish: vec4<f32>, @location(9) @interpolate(flat) marks: vec4<f32>, @location(10) lock: vec2<f32>,
  @location(11) @interpolate(flat) gone: vec2<f32>,
};
// Three-dimensional noise from two look-ups of the soft picture.
fn tnoise(p: vec3<f32>) -> f32 { return nz(p.xy*0.031 + p.z*0.017).x*0.5 + nz(p.zy*0.031 + p.x*0.013).y*0.5; }
fn body(v: BIn, wp: vec3<f32>) -> BOut2 {
  var o: BOut2; o.wp = wp; o.n = v.n; o.c0 = vec4(v.c0.rgb*v.c0.rgb*v.tint.rgb, v.c0.a); o.c1 = vec4(v.c1.rgb*v.c1.rgb, v.c1.a); o.rest = v.rest;
  o.pattern = v.pattern; o.comb = v.comb; o.tint = v.tint; o.finish = v.finish; o.marks = v.marks; o.lock = v.lock; o.gone = v.gone; o.clip = F.view*vec4(wp, 1.0); return o;
}
@vertex fn vs_body(v: BIn) -> BOut2 { return body(v, v.p); }
@vertex fn vs_shell(v: BIn) -> BOut2 {
  let h = v.marks.w; let len = v.finish.z*v.c0.a; let t = F.eye.w; let wind = F.up.w;
  let gust = 0.55 + 0.45*sin(t*1.7 + v.p.x*0.35 + v.p.z*0.2) + 0.25*sin(t*4.3 + v.p.x*1.3 + v.p.y*0.9);
  let long = smoothstep(0.04, 0.25, len);
  let dir = normalize(v.n*(0.75 - 0.15*h) + v.comb*(0.35 + 0.45*h)*(1.0 - 0.4*long) + vec3(0.0, -0.80, 0.0)*h*long + vec3(0.75, 0.0, 0.28)*gust*h*long*min(wind*1.3, 1.2));
  return body(v, v.p + dir*len*h);
}
