// Water: waves, the mirrored picture, the bed through shallow water, foam at the shore. uv.x is the depth in metres.
@group(1) @binding(0) var mirror: texture_2d<f32>;
@group(1) @binding(2) var edge: sampler;
struct WIn { @location(0) p: vec3<f32>, @location(1) n: vec3<f32>, @location(2) uv: vec2<f32>, @location(3) c: vec4<f32>, @location(4) k: vec4<f32> };
struct WOut { @builtin(position) clip: vec4<f32>, @location(0) wp: vec3<f32>, @location(1) depth: f32 };
@vertex fn vs_water(v: WIn) -> WOut { var o: WOut; o.wp = v.p; o.depth = v.uv.x; o.clip = F.view*vec4(v.p, 1.0); return o; }
@fragment fn fs_water(v: WOut) -> FOut {
  if (v.depth < -0.25) { discard; }
  let wp = v.wp; let to = F.eye.xyz - wp; let d = length(to); let eye = to/d; let t = F.eye.w; let amount = F.water.y;
  let fade = 1.0/(1.0 + d*0.012); let shallow = smoothstep(0.0, 1.5, v.depth);
  var g = vec2(0.0); var height = 0.0;
  for (var i = 0; i < 4; i++) {
    let fi = f32(i); let a = 0.6 + fi*0.83 + 0.3*sin(fi*5.0); let dir = vec2(cos(a), sin(a)); let k = 0.55*pow(1.9, fi);
    let ph = dot(dir, wp.xz)*k + t*sqrt(9.8*k) + 4.0*(nz(wp.xz*0.004).x - 0.5)*k; g += dir*cos(ph)*0.045*amount; height += sin(ph)/(1.0 + fi);
  }
  let r1 = nz(wp.xz*0.055 + t*vec2(0.010, 0.007)).xy + nz(wp.xz*0.19 + t*vec2(-0.017, 0.013)).yw + nz(wp.xz*0.61 + t*vec2(0.03, -0.02)).xw*0.7 - 1.35;
  g += r1*0.15*(0.07 + amount) + F.horizon.w*(nz(wp.xz*1.7 + t*vec2(0.31, 0.23)).xy - 0.5)*0.10; g *= shallow*0.8 + 0.2;
  let n = normalize(vec3(-g.x*fade, 1.0, -g.y*fade));
  let fr = 0.02 + 0.98*pow(1.0 - max(dot(n, eye), 0.0), 5.0); let r = reflect(-eye, n);
  let uv = v.clip.xy/vec2(F.shape.x, F.forward.w) + n.xz*vec2(0.55, 0.85)*(0.35 + 0.65*fade);
  var seen = textureSampleLevel(mirror, edge, clamp(uv, vec2(0.002), vec2(0.998)), 0.0).rgb;
  seen = mix(seen, mix(air_colour(r), F.up.rgb, clamp(abs(r.y)*1.5, 0.0, 1.0)), 0.15);
  let l = F.key.xyz; let sh = shadow_at(wp, vec3(0.0, 1.0, 0.0));
  let spec = pow(max(dot(r, l), 0.0), 260.0)*5.0 + pow(max(dot(r, l), 0.0), 40.0)*0.22;
  let dd = max(v.depth, 0.0)/max(eye.y, 0.25); let ab = exp(-dd*vec3(0.75, 0.28, 0.22));
  let light = F.up.rgb*0.6 + F.horizon.rgb*0.3 + F.key_colour.rgb*max(l.y, 0.0)*0.6;
  let bed = F.hi.rgb*0.55*light; let deep = (F.deep.rgb + vec3(0.0, 0.05, 0.045)*max(height, 0.0)*0.35*amount)*light;
  var c = mix(mix(deep, bed, ab), seen, fr) + F.key_colour.rgb*spec*sh;
  // A breaking line that comes and goes, lace behind it.
  let lace = nz(wp.xz*0.17 + r1*0.05).x*0.6 + nz(wp.xz*0.55 + r1*0.06 - t*0.02).w*0.55;
  let beat = v.depth*2.4 + t*0.55 + 3.2*(nz(wp.xz*0.02).x - 0.5); let band = pow(0.5 + 0.5*sin(beat*3.14), 6.0);
  var foam = amount*clamp(smoothstep(0.50, 0.66, lace + 0.24*band + 0.38*smoothstep(0.22, 0.0, v.depth))*smoothstep(1.6, 0.1, v.depth) + smoothstep(0.07, 0.0, v.depth)*0.7, 0.0, 1.0);
  foam = max(foam, smoothstep(0.75, 1.0, amount)*smoothstep(0.60, 0.75, lace + height*0.10)*0.5*fade);
  c = mix(c, vec3(0.80, 0.82, 0.84)*(F.key_colour.rgb*(0.25 + 0.7*max(l.y, 0.0))*sh + ambient(n)), foam*0.88);
  return finish(c, wp, 0.0);
}
