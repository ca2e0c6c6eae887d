// Walls, roofs, planks, streets and lights; patterns in metres from uv. k = (surface, lit, shop below, openness).
fn h1(p: vec2<f32>) -> f32 { return h2(p).x; }
fn brick(u: vec2<f32>, base: vec3<f32>) -> vec3<f32> {
  let row = floor(u.y/0.075); let bx = fract(u.x/0.23 + 0.5*(row - 2.0*floor(row*0.5))); let by = fract(u.y/0.075);
  let mortar = max(smoothstep(0.46, 0.49, abs(bx - 0.5)), smoothstep(0.40, 0.46, abs(by - 0.5)));
  let id = vec2(floor(u.x/0.23 + 0.5*(row - 2.0*floor(row*0.5))), row);
  return mix(base*(0.72 + 0.5*h1(id)), base*0.55 + 0.05, mortar);
}
@fragment fn fs_built(v: TOut) -> FOut {
  if (F.key.w > 0.5 && v.wp.y < F.water.x - 0.03) { discard; }
  let k = v.k.x; var n = normalize(v.n); let flat_n = n; var albedo = v.c.rgb; var glow = vec3(0.0); var gloss = 0.0;
  let eye = normalize(F.eye.xyz - v.wp); let u = v.uv; let grime = nz(u*0.031 + v.wp.xz*0.005); let d = distance(v.wp, F.eye.xyz); let close = exp(-d*0.04);
  if (k < 13.5) { albedo *= 0.92 + 0.16*grime.x; }
  else if (k < 14.5) {
    let face = mix(albedo*(0.9 + 0.12*grime.w), brick(u, albedo), close*step(albedo.g*1.18, albedo.r)); albedo = face*(0.75 + 0.5*grime.x)*mix(0.75, 1.0, smoothstep(0.0, 1.2, u.y));
    let w = vec2(u.x/2.6, (u.y - 1.2)/3.1); let wi = floor(w); let wf = abs(fract(w) - 0.5); let shop = v.k.z > 0.5;
    let low = select(0.7, 3.2, shop);
    if (wf.x < 0.26 && wf.y < 0.30 && u.y > low) {
      let bar = step(0.235, wf.x) + step(0.275, wf.y) + step(wf.x, 0.012) + step(wf.y, 0.008);
      if (bar > 0.5) { albedo = mix(vec3(0.10, 0.095, 0.09), vec3(0.75, 0.73, 0.70), step(0.5, h1(vec2(floor(u.x/31.0), 7.0)))); }
      else {
        gloss = 1.0; albedo = vec3(0.02, 0.024, 0.03); let on = step(1.0 - 0.40*v.k.y, h1(wi + 5.0)); let tone = h1(wi + 11.0);
        let curtain = smoothstep(0.10, 0.20, wf.x)*step(0.35, tone);
        glow = on*v.k.y*mix(vec3(1.25, 0.70, 0.28), vec3(1.0, 0.86, 0.62), tone)*(0.30 + 0.5*grime.y)*mix(1.0, 0.45, curtain); albedo += vec3(0.14)*curtain*(1.0 - on);
      }
    } else if (wf.x < 0.30 && wf.y < 0.34 && u.y > low) { albedo = mix(albedo, vec3(0.55, 0.53, 0.50), 0.55); }
    if (shop && u.y < 2.75 && u.y > 0.40) {
      let s = abs(fract(u.x/4.2) - 0.5);
      if (s < 0.41) {
        let frame = step(0.39, s) + step(2.62, u.y) + step(u.y, 0.50) + step(s, 0.006);
        if (frame > 0.5) { albedo = vec3(0.045, 0.06, 0.055); }
        else {
          gloss = 1.0; let id = floor(u.x/4.2); let on = step(0.30, h1(vec2(id, 3.0)));
          let goods = step(0.42, nz(vec2(floor(u.x*7.0)*0.13, floor(u.y/0.52)*0.31)).x + 0.1 - 0.35*fract(u.y/0.52 + 0.5)); let shelf = step(0.055, abs(fract(u.y/0.52) - 0.5));
          albedo = vec3(0.03); glow = on*v.k.y*vec3(1.15, 0.66, 0.30)*(0.30 + 0.75*smoothstep(0.3, 2.6, u.y))*mix(0.30, 1.0, shelf)*mix(1.0, 0.45 + 0.4*grime.w, goods);
          albedo += vec3(0.16, 0.13, 0.10)*goods*(1.0 - v.k.y);
        }
      }
    } else if (shop && u.y < 3.35 && u.y > 2.85) { albedo = mix(vec3(0.05, 0.10, 0.09), vec3(0.22, 0.05, 0.05), h1(vec2(floor(u.x/8.4), 2.0))); }
  } else if (k < 15.5) {
    let row = floor(u.y/0.24); let x = u.x/0.22 + 0.5*(row - 2.0*floor(row*0.5)); let r = h1(vec2(floor(x), row));
    albedo *= (0.62 + 0.5*r)*(0.55 + 0.45*smoothstep(0.0, 0.5, fract(u.y/0.24)))*(0.85 + 0.15*smoothstep(0.5, 0.40, abs(fract(x) - 0.5)));
    albedo = mix(albedo, vec3(0.86, 0.885, 0.925), F.ground2.y*smoothstep(0.35, 0.6, n.y + (grime.x - 0.5)*0.4));
  } else if (k < 16.5) { return finish(v.c.rgb*mix(0.35, 5.5, v.k.y*v.k.y)*(0.8 + 0.2*max(dot(n, eye), 0.0)), v.wp, 0.0); }
  else if (k < 17.5) {
    let p = floor(u.y/0.14); let g = nz(vec2(u.x*0.12 + h1(vec2(p, 3.0))*7.0, u.y*2.2)); albedo *= (0.70 + 0.35*h1(vec2(p, 1.0)) + 0.4*(g.x - 0.5));
    albedo *= mix(1.0, 0.55, smoothstep(0.47, 0.495, abs(fract(u.y/0.14) - 0.5))*close); gloss = 0.22;
  } else {
    let t = abs(fract(v.wp.xz*vec2(1.6, 1.1)) - 0.5); let joint = smoothstep(0.47, 0.495, max(t.x, t.y))*close; albedo *= (0.8 + 0.4*grime.w)*(1.0 - 0.5*joint);
    albedo *= 1.0 - 0.45*F.horizon.w; gloss = 0.5*F.horizon.w;
  }
  if (k > 12.5 && k < 13.5 && F.ground2.y > 0.5) { albedo = mix(albedo, vec3(0.86, 0.885, 0.925), smoothstep(0.6, 0.8, n.y)*0.9); }
  let l = F.key.xyz; let sh = shadow_at(v.wp, flat_n); let dif = max(dot(n, l), 0.0);
  var c = albedo*(F.key_colour.rgb*dif*sh + ambient(n)*v.k.w*mix(1.0, 0.16, F.deep.w) + lamp_light(v.wp, n, 0.1)) + glow;
  if (F.deep.w > 0.5) { c += albedo*vec3(0.32, 0.28, 0.23)*(0.6 + 0.4*n.y)*mix(0.55, 1.0, smoothstep(0.0, 1.2, v.wp.y)); }
  if (gloss > 0.0) {
    let r = reflect(-eye, n); let fr = 0.04 + 0.7*pow(1.0 - max(dot(n, eye), 0.0), 5.0);
    c += mix(air_colour(r), F.up.rgb, clamp(r.y*1.4, 0.0, 1.0))*fr*gloss*mix(1.0, 0.2, F.deep.w);
    c += F.key_colour.rgb*sh*pow(max(dot(r, l), 0.0), 90.0)*gloss*0.7;
  }
  return finish(c, v.wp, 0.0);
}
